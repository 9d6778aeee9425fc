#!/usr/bin/env bash
# Makes a release for people without a checkout: N-V.tar.gz, and with --deb also cohesix-host_V_all.deb. The same commit gives
# the same bytes, whenever and wherever it is built (docs/RELEASE.md).
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
    cat <<'TEXT'
Usage: scripts/release_bundle.sh --name N --version V [options]
  --name N           the release's name, its folder and file begin with it
  --version V        its version: digits first, then letters, digits, '.', '+', '~' or '-'
  --manifest FILE    what the hive is (default: configs/root_task.toml). With profile.release = true the image holds no key:
                     its operators make them with coh-rtc provision
  --sel4-build DIR   the seL4 build whose kernel the image carries (default: $SEL4_BUILD_DIR, else $HOME/seL4/build when it
                     exists; 'sim' takes the project's simulation kernel, which verifies nothing). A debug kernel is refused:
                     it names folders of the machine that built it
  --image DIR        an image that was made before (its folder), instead of building one
  --out DIR          where the release is put (default: out/release)
  --deb              the Debian package of the host programs too
  --no-build         take programs and tables as the last build left them
  -h, --help         this text
The time that stands in all files is SOURCE_DATE_EPOCH, else that of the commit. Exit: 0 done, 1 a step failed, 2 wrong usage.
TEXT
}
wrong() { echo "release_bundle: $* (see --help)" >&2; exit 2; }
value() {
    if [ $# -lt 2 ] || [ -z "$2" ]; then wrong "$1 needs a value"; fi
    printf '%s' "$2"
}

name='' version='' manifest=$root/configs/root_task.toml sel4_build='' given='' to=$root/out/release deb=0 build=1
while [ $# -gt 0 ]; do
    case $1 in
        --name) name=$(value "$@"); shift ;;
        --version) version=$(value "$@"); shift ;;
        --manifest) manifest=$(value "$@"); shift ;;
        --sel4-build) sel4_build=$(value "$@"); shift ;;
        --image) given=$(value "$@"); shift ;;
        --out) to=$(value "$@"); shift ;;
        --deb) deb=1 ;;
        --no-build) build=0 ;;
        -h | --help) usage; exit 0 ;;
        *) wrong "unknown argument '$1'" ;;
    esac
    shift
done
[[ $name =~ ^[A-Za-z0-9][A-Za-z0-9._+-]*$ ]] || wrong "--name is letters, digits, '.', '_', '+', '-', not '$name'"
[[ $version =~ ^[0-9][A-Za-z0-9.+~-]*$ ]] || wrong "--version begins with a digit, then letters, digits, '.', '+', '~', '-', not '$version'"
[ -f "$manifest" ] || wrong "no manifest at $manifest: name one with --manifest"
manifest=$(cd "$(dirname "$manifest")" && pwd)/$(basename "$manifest")
mkdir -p "$to"
to=$(cd "$to" && pwd)
if [ -n "$given" ]; then
    if [ -f "$given" ]; then given=$(dirname "$given"); fi
    [ -f "$given/cohesix-qemu.img" ] || wrong "no cohesix-qemu.img in $given: name the folder of an image"
    given=$(cd "$given" && pwd)
fi

tools=$out/host-tools
image=${given:-$out/release-image}
# shellcheck source=scripts/lib/stage.sh
. "$root/scripts/lib/stage.sh"
# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"
# shellcheck source=scripts/lib/release.sh
. "$root/scripts/lib/release.sh"
cd "$root"
mkdir -p "$out/log"
work=$(mktemp -d "${TMPDIR:-/tmp}/cohesix-release.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

release_time
named=$sel4_build
sel4_build=$(sel4_build_given "$sel4_build")
if [ "$build" -eq 1 ]; then
    [ -n "$given" ] || release_no_debug "$sel4_build" "$named"
    step setup "looking for what is missing on this machine"
    "$root/scripts/setup_environment.sh"
    step java "building the host tools (Java)"
    build_java
    # Which classes are worth an archive is seen on the project's own hive, whatever the release's is: it starts without keys.
    step tools "staging launchers in ${tools#"$root"/}/bin"
    compile_manifest
    build_java
    build_hosted
    stage_tools
fi
use_manifest "$manifest"
if [ "$build" -eq 1 ]; then
    step manifest "compiling ${manifest#"$root"/} into tables and policies"
    compile_manifest
    if [ -z "$given" ]; then
        step image "building the image for ${sel4_build:-the simulation kernel}"
        build_board "$sel4_build"
        release_kernel "$sel4_build"
        image_keys=0 # a release's operators bring theirs
        make_image "$sel4_build" '' qemu ${kernel_file:+--kernel "$kernel_file"}
    fi
fi
release_kind

step stage "putting $name-$version together"
tree=$work/$name-$version
release_tree "$tree"
release_clean "$tree"
release_sums "$tree"
step pack "packing it"
release_pack "$tree" "$to/$name-$version.tar.gz"
made=("$name-$version.tar.gz")
if [ "$deb" -eq 1 ]; then
    step deb "making the Debian package"
    # shellcheck source=scripts/lib/release_deb.sh
    . "$root/scripts/lib/release_deb.sh"
    release_deb "$tree" "$to/cohesix-host_${version}_all.deb"
    made+=("cohesix-host_${version}_all.deb")
fi
(cd "$to" && sha256sum "${made[@]}" >"$work/sums" && mv "$work/sums" "$name-$version.sha256")
step_end
say "$kind: ${to#"$root"/}/$name-$version.tar.gz"
cat "$to/$name-$version.sha256"
