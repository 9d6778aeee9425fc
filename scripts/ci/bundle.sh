#!/usr/bin/env bash
# A release as its users have it: made twice from what is built (the same bytes), looked through, unpacked outside the checkout,
# and started there with nothing of this shell's environment. Needs scripts/cohesix-build-run.sh --no-run --sel4-build sim before.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

work=$(mktemp -d "${TMPDIR:-/tmp}/cohesix-bundle.XXXXXX")
pid=
cleanup() {
    [ -z "$pid" ] || end_process "$pid"
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

passed=0
ok() { passed=$((passed + 1)); say "ok      $*"; }
# Nothing but a path: no HOME, no COHESIX_*, no JAVA_OPTS.
bare() { env -i PATH="$PATH" ${JAVA_HOME:+JAVA_HOME="$JAVA_HOME"} "$@"; }
# refuses CODE TEXT COMMAND...: ends with this code and says this; $said is all that it said.
refuses() {
    local code=$1 text=$2 rc=0
    shift 2
    said=$("$@" 2>&1 </dev/null) || rc=$?
    [ "$rc" -eq "$code" ] || die "'$*' ended with $rc, not $code: $said"
    grep -qF -- "$text" <<<"$said" || die "'$*' did not say '$text' but: $said"
}
make() {
    SOURCE_DATE_EPOCH=1767225600 TMPDIR=$1 "$root/scripts/release_bundle.sh" --no-build --name Cohesix --version 0.1.0~test --deb \
        --image "$root/out/cohesix/image" --out "$1/made" >"$1/log" 2>&1 || { cat "$1/log" >&2; die "no release was made"; }
}

mkdir -p "$work/one" "$work/another folder"
make "$work/one" &
one=$!
make "$work/another folder"
wait "$one"
archive=$work/one/made/Cohesix-0.1.0~test.tar.gz
deb=$work/one/made/cohesix-host_0.1.0~test_all.deb
cmp "$archive" "$work/another folder/made/Cohesix-0.1.0~test.tar.gz"
cmp "$deb" "$work/another folder/made/cohesix-host_0.1.0~test_all.deb"
ok "two runs in two folders give the same archive and the same package"

make_refuses() { refuses "$1" "$2" "$root/scripts/release_bundle.sh" --no-build --out "$work/refused" --image "$root/out/cohesix/image" "${@:3}"; }
make_refuses 2 "--name is letters" --name ../x --version 1
make_refuses 2 "--version begins with a digit" --name x --version v1
make_refuses 1 "is a development manifest, whose keys are in the image" --name Cohesix-Release --version 1
refuses 2 "no cohesix-qemu.img in" "$root/scripts/release_bundle.sh" --no-build --name x --version 1 --image "$work"
# A debug kernel, found where one is taken by itself or named: refused before anything is built.
mkdir -p "$work/home/seL4/build/libsel4/include/sel4" "$work/home/seL4/build/libsel4/include/kernel" "$work/home/seL4/build/bin"
touch "$work/home/seL4/build/libsel4/include/sel4/sel4.h" "$work/home/seL4/build/bin/kernel.elf"
printf '#define CONFIG_DEBUG_BUILD  1\n' >"$work/home/seL4/build/libsel4/include/kernel/gen_config.h"
debug_refuses() {
    refuses 1 "$1" env -u SEL4_BUILD_DIR HOME="$work/home" "$root/scripts/release_bundle.sh" --name x --version 1 --out "$work/refused" "${@:2}"
    grep -qF "has a debug kernel" <<<"$said" || die "no word of the debug kernel: $said"
    ! grep -qF "building" <<<"$said" || die "something was built before the debug kernel was refused: $said"
}
debug_refuses "(it lies where one is taken by itself)"
debug_refuses "or take the simulation kernel with --sel4-build sim" --sel4-build "$work/home/seL4/build"
[ -z "$(ls "$work/refused")" ] || die "a refused release left something behind"
ok "what can't be a release is refused by name, and leaves nothing"

# Its own folder, with a blank in its name, and nobody's home.
place="$work/some where"
mkdir "$place"
tar -xzf "$archive" -C "$place"
cd "$place/Cohesix-0.1.0~test"
sha256sum --check --quiet SHA256SUMS
[ "$(find . -type f ! -name SHA256SUMS | wc -l)" -eq "$(wc -l <SHA256SUMS)" ] || die "SHA256SUMS does not name every file"
(cd "$work/one/made" && sha256sum --check --quiet ./*.sha256)
for file in VERSION LICENSE README sbom.cdx.json licenses/THIRD-PARTY licenses/lwip licenses/libsodium docs/QUICKSTART.md configs/root_task.toml \
    image/cohesix-qemu.img image/cohesix-system.cpio image/manifest.json image/manifest.sha256 qemu/run.sh scripts/cohsh/boot_v0.coh \
    traces/trace_v0.trace policy/cohsh_policy.toml lib/cohsh.jar share/man/man1/coh-rtc.1 share/bash-completion/completions/cas-tool; do
    [ -s "$file" ] || die "the release has no $file"
done
for line in kind=development "manifest_sha256=$(cut -d' ' -f1 image/manifest.sha256)" time=2026-01-01T00:00:00Z; do
    grep -qx "$line" VERSION || die "VERSION does not say $line: $(cat VERSION)"
done
[ -z "$(tar -tvzf "$archive" | awk '$2 != "0/0" || $4 != "2026-01-01"')" ] || die "the archive names owners or times of this machine"
[ -z "$(find . -perm -020 -o -perm -002)" ] || die "files of the release can be written by others"
ok "the archive holds what it shall, of nobody and of one time"

here=$(grep -rlaF -e "$root/" -e "$work/" . || true)
[ -z "$here" ] || die "these files name folders of this machine: $here"
mkdir "$work/planted"
cp -R . "$work/planted/tree"
printf 'built in %s/seL4\n' "$root" >>"$work/planted/tree/README"
# shellcheck source=scripts/lib/release.sh
said=$(. "$root/scripts/lib/release.sh"; sel4_build='' release_clean "$work/planted/tree" 2>&1) && die "a file that names a folder of this machine passes"
grep -qF './README' <<<"$said" || die "the file that names a folder is not named: $said"
rm -rf "$work/planted"
ok "no file names a folder of this machine, and one that does is found"

release=$root/tools/release/target/coh-release.jar
java -jar "$release" sbom --check sbom.cdx.json 2>/dev/null
for part in pkg:maven/org.jline/jline@ pkg:maven/org.bouncycastle/bcprov-jdk18on@ pkg:maven/com.fasterxml.jackson.core/jackson-databind@ \
    '"name" : "lwip"' '"name" : "libsodium"' "$(sha256sum <lib/cohsh.jar | cut -d' ' -f1)" "$(sha256sum <image/cohesix-qemu.img | cut -d' ' -f1)"; do
    grep -qF -- "$part" sbom.cdx.json || die "sbom.cdx.json does not hold $part"
done
[ "$(grep -c '"alg" : "SHA-256"' sbom.cdx.json)" -ge 12 ] || die "sbom.cdx.json lacks hashes"
refuses 1 "coh-release: com.fasterxml.jackson" java -jar "$release" sbom --check VERSION
ok "the list of what is in it is CycloneDX, with licences, versions and hashes"

bare bin/cohsh --help >"$work/help"
grep -q '^Usage: cohsh ' "$work/help" || die "cohsh --help shows no usage"
bare bin/coh-rtc check configs/root_task.toml >/dev/null
cp configs/root_task.toml "$work/mine.toml"
bare bin/coh-rtc compile "$work/mine.toml" --project-root . --build-only --generated "$work/generated" --out "$work/out" >/dev/null
cmp "$work/out/manifests/root_task_resolved.json" image/manifest.json
bare bin/setup >/dev/null
[ "$(find lib -name '*.jsa' | wc -l)" -eq 3 ] || die "bin/setup made no archives"
bare bin/cas-tool verify resources/fixtures/cas/bundle-1 --key resources/fixtures/cas_signing_key.hex >/dev/null
# Java 17 takes no classes from archives of a path with a blank in it.
mkdir "$work/plain"
cp -R bin lib "$work/plain/"
bare "$work/plain/bin/setup" cohsh >/dev/null
bare JAVA_OPTS=-Xlog:class+load "$work/plain/bin/cohsh" --version >"$work/classes"
grep -q 'io.cohesix.cohsh.Main.*shared objects file' "$work/classes" || die "cohsh does not use its archive"
bare bin/setup --remove
refuses 4 "install Java 17 or later" env -i PATH="$work" /bin/sh bin/cohsh --version
mkdir -p "$work/old/bin"
printf 'JAVA_VERSION="11.0.2"\n' >"$work/old/release"
ln -s /bin/true "$work/old/bin/java"
refuses 4 "is version 11.0.2, it takes 17 or later" bare JAVA_HOME="$work/old" bin/cohsh --version
ok "programs run from the unpacked folder, with and without archives, and say which Java they need"

refuses 2 "install QEMU for Arm" bare COHESIX_QEMU=no-such-qemu qemu/run.sh --port "$(free_port)"
refuses 2 "--port is 1 to 65535" bare qemu/run.sh --port 70000
port=$(free_port)
: >"$work/boot.log"
env -i PATH="$PATH" setsid qemu/run.sh --port "$port" >"$work/boot.log" 2>&1 </dev/null &
pid=$!
wait_for_line "$work/boot.log" '^cohesix>' 60 "$pid" || { cat "$work/boot.log" >&2; die "qemu/run.sh did not come to the prompt"; }
refuses 2 "port $port on 127.0.0.1 is in use" bare qemu/run.sh --port "$port"
bare bin/cohsh --port "$port" --script scripts/cohsh/boot_v0.coh >"$work/session.log" 2>&1 || { cat "$work/session.log" >&2; die "boot_v0.coh failed"; }
end_process "$pid"
pid=
ok "qemu/run.sh boots to the prompt, and boot_v0.coh runs over TCP"
bare bin/cohsh --replay-trace traces/trace_v0.trace --transport qemu >"$work/replay.log" 2>&1 || { cat "$work/replay.log" >&2; die "the trace differs"; }
ok "the recorded session gives the same answers from the release's own image"

mkdir "$work/deb"
dpkg-deb --raw-extract "$deb" "$work/deb"
(cd "$work/deb" && md5sum --check --quiet DEBIAN/md5sums)
[ "$(dpkg-deb -f "$deb" Architecture)" = all ]
[ -z "$(dpkg-deb -c "$deb" | awk '$2 != "root/root"')" ] || die "the package holds files of somebody"
for tool in cohsh coh-rtc cas-tool; do
    [[ $(bare "$work/deb/usr/bin/$tool" --version) == "$tool "* ]] || die "$tool of the package does not start"
    gzip -dc "$work/deb/usr/share/man/man1/$tool.1.gz" | groff -man -Tutf8 -P-cbu -ww >"$work/page" 2>"$work/groff"
    grep -q 'EXIT STATUS' "$work/page" || die "no page of $tool"
    [ ! -s "$work/groff" ] || die "groff about $tool.1: $(cat "$work/groff")"
    bash -n "$work/deb/usr/share/bash-completion/completions/$tool"
done
"$work/deb/usr/share/cohesix/lib/class-archives" --into "$work/deb/var/cache/cohesix" cohsh >/dev/null
ok "the package's programs, pages and completions work from where they are"
echo "$passed passed, 0 failed"
