# Puts the tree of a release together and packs it, so that the same commit gives the same bytes.
# shellcheck shell=bash disable=SC2034,SC2154
# Needs common.sh, stage.sh, hive.sh and release_bundle.sh's variables.

lwip_dir=${LWIP_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/cohesix/lwip}
sodium_dir=${SODIUM_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/cohesix/libsodium}

# release_time: $epoch, $day and $commit. Without git a constant stands for the time.
release_time() {
    commit=unknown
    epoch=${SOURCE_DATE_EPOCH:-}
    if git -C "$root" rev-parse HEAD >/dev/null 2>&1; then
        commit=$(git -C "$root" rev-parse HEAD)
        [ -z "$(git -C "$root" status --porcelain --untracked-files=no)" ] || commit=$commit-changed
        epoch=${epoch:-$(git -C "$root" log -1 --format=%ct)}
    fi
    epoch=${epoch:-1767225600} # 2026-01-01, as project.build.outputTimestamp
    case $epoch in *[!0-9]*) die "SOURCE_DATE_EPOCH is a number of seconds, not '$epoch'" ;; esac
    day=$(LC_ALL=C date -u -d "@$epoch" +%Y-%m-%d)
}

# release_kernel SEL4-BUILD: $kernel_file, that build's kernel without its debug information, which names folders of the machine
# that built it and is no part of what boots; empty for the simulation kernel.
release_kernel() {
    kernel_file=
    [ -n "$1" ] || return 0
    kernel_file=$work/kernel.elf
    aarch64-linux-gnu-objcopy --strip-debug "$(find "$1/" -maxdepth 2 -name kernel.elf -print -quit)" "$kernel_file"
}

# release_no_debug SEL4-BUILD NAMED: refuses a debug kernel before anything is built; NAMED is what the caller asked for.
release_no_debug() {
    local config found="$1 (it lies where one is taken by itself)"
    [ -n "$1" ] || return 0
    [ -z "$2" ] || found=$1
    for config in "$1"/libsel4/include/{kernel,sel4}/gen_config.h; do
        if grep -qE '^#define +CONFIG_DEBUG_BUILD +1' "$config" 2>/dev/null; then
            die "the seL4 build in $found has a debug kernel, which names folders of the machine that built it:" \
                "name a release build with --sel4-build DIR, or take the simulation kernel with --sel4-build sim"
        fi
    done
}

# release_kind: $kind, $kernel and $sha, from the image; refuses what would lie about itself.
release_kind() {
    local resolved=$policies/manifests/root_task_resolved.json holds sound=1
    [ -f "$image/cohesix-qemu.img" ] || die "no image in $image: leave --no-build out, or name one with --image"
    [ -f "$resolved" ] || die "no tables of ${manifest#"$root"/}: leave --no-build out"
    holds=$(rtc doctor image "$image/cohesix-qemu.img" --manifest-json "$resolved" --json) || sound=
    kernel=$(sed -n 's/.*"stamp":"[^"]*kernel=\([^" ]*\)".*/\1/p' <<<"$holds")
    sha=$(sed -n 's/.*"manifest_sha256":"\([0-9a-f]*\)".*/\1/p' <<<"$holds")
    [ -z "$sha" ] || [ "$(cut -d' ' -f1 "$resolved.sha256")" = "$sha" ] ||
        die "the image in $image was made from manifest $sha, ${manifest#"$root"/} is $(cut -d' ' -f1 "$resolved.sha256"): make it again, or name its manifest"
    if [ -z "$sound" ]; then
        rtc doctor image "$image/cohesix-qemu.img" --manifest-json "$resolved" >&2 || true
        die "the image in $image can't be used, see above"
    fi
    kind=development
    if tr -d ' \n' <"$resolved" | grep -q '"release":true'; then kind=release; fi
    if grep -q '"kind":"provision"' <<<"$holds"; then
        die "the image in $image holds keys: whoever has it can mint tickets. Make it without --provision"
    fi
    if [ "$kind" = release ] && [ "$kernel" = sim ]; then
        die "a release image never holds the simulation kernel: name a seL4 build with --sel4-build"
    fi
    if [ "$kind" = development ] && grep -qi 'release' <<<"$name-$version"; then
        die "'$name-$version' says release, and ${manifest#"$root"/} is a development manifest, whose keys are in the image:" \
            "take another name, or --manifest configs/root_task_release.toml"
    fi
}

# release_tree DIR: everything but SHA256SUMS.
release_tree() {
    local tree=$1 tool boms=()
    mkdir -p "$tree"/{bin,lib,image,qemu,scripts,configs,policy,docs,traces,resources,licenses}
    for tool in "${release_tools[@]}"; do
        stage_launcher "$tool" >"$tree/bin/$tool"
        cp "$tools/lib/$tool.jar" "$tools/lib/$tool.classes" "$tree/lib/"
        boms+=(--program "$tree/lib/$tool.jar=$(release_bom "$tool")")
    done
    cp "$root/scripts/lib/class-archives" "$tree/lib/"
    cp "$root/scripts/release/setup" "$tree/bin/setup"
    cp "$root/scripts/release/README" "$tree/README"
    chmod 755 "$tree"/bin/* "$tree/lib/class-archives"
    release_image "$tree"
    install -m 755 "$root/scripts/qemu-run.sh" "$tree/qemu/run.sh"
    release_sources "$tree"
    cp "$policies/cohsh_policy.toml" "$policies/coh_policy.toml" "$tree/policy/"
    cp "$boot_script" "$tree/scripts/cohsh/boot_v0.coh"
    coh_release man --out "$tree" --release "Cohesix $version" --date "$day"
    release_linked >"$work/linked"
    coh_release sbom --name "$name" --release-version "$version" --epoch "$epoch" \
        "${boms[@]}" --image "$tree/image/cohesix-qemu.img" --linked "$work/linked" \
        --out "$tree/sbom.cdx.json" --third-party "$tree/licenses/THIRD-PARTY" 2>"$out/log/release-sbom.log" ||
        { cat "$out/log/release-sbom.log" >&2; die "no list of what is in the release, see above"; }
    cp "$root/LICENSE" "$tree/LICENSE"
    cp "$lwip_dir/COPYING" "$tree/licenses/lwip"
    cp "$sodium_dir/LICENSE" "$tree/licenses/libsodium"
    printf '%s\n' "name=$name" "version=$version" "kind=$kind" "commit=$commit" "time=$(LC_ALL=C date -u -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)" \
        "kernel=$kernel" "manifest=$(basename "$manifest")" "manifest_sha256=$sha" >"$tree/VERSION"
}

coh_release() {
    "$(java_home)/bin/java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -jar "$root/tools/release/target/coh-release.jar" "$@"
}

# The programs of a release.
release_tools=(cohsh coh-rtc cas-tool)
release_bom() {
    local place
    for place in "$root/host/$1/target/bom.json" "$root/tools/$1/target/bom.json"; do
        if [ -f "$place" ]; then printf '%s' "$place"; return 0; fi
    done
    die "no target/bom.json of $1: build the host tools again without -Dcyclonedx.skip"
}

# What the image's folder holds, measurements too where there are some; keys were refused before.
release_image() {
    local file
    for file in "$image"/*; do
        case ${file##*/} in *.part | *provision*) continue ;; esac
        if [ -f "$file" ]; then cp "$file" "$1/image/"; fi
    done
}

# What a release takes from the sources as it is: what git tracks, so that nothing of this machine comes in.
release_sources() {
    local tree=$1 file target
    while read -r file; do
        case $file in
            resources/traces/*) target=traces/${file#resources/traces/} ;;
            *) target=$file ;;
        esac
        mkdir -p "$tree/$(dirname "$target")"
        cp "$root/$file" "$tree/$target"
    done < <(release_files)
}
release_files() {
    local places=(configs docs scripts/cohsh resources/proc_tests resources/traces)
    # The signer's seed of the development manifests is public: it lies in the sources.
    [ "$kind" = release ] || places+=(resources/fixtures/cas resources/fixtures/cas_signing_key.hex)
    if git -C "$root" rev-parse HEAD >/dev/null 2>&1; then
        git -C "$root" ls-files -- "${places[@]}"
    else
        (cd "$root" && find "${places[@]}" -type f | LC_ALL=C sort)
    fi | grep -vE '^scripts/cohsh/.*\.sh$'
}

# release_linked: what is linked into the image, a line each, as coh-release sbom --linked wants it.
release_linked() {
    local lwip sodium
    lwip=$(release_source "$lwip_dir" 2.1.3)
    sodium=$(release_source "$sodium_dir" 1.0.18)
    printf 'library\tlwip\t%s\tBSD-3-Clause\t%s\t%s\t%s\n' "$lwip" "$(release_purl lwip "$lwip")" \
        'Copyright (c) 2001, 2002 Swedish Institute of Computer Science' 'The TCP/IP stack in netd.'
    printf 'library\tlibsodium\t%s\tISC\t%s\t%s\t%s\n' "$sodium" "$(release_purl libsodium "$sodium")" \
        'Copyright (c) 2013-2019 Frank Denis <j at pureftpd dot org>' 'SHA-256 and Ed25519 in the root task.'
    if [ "$kernel" != sim ]; then
        local number=${kernel#seL4-}
        number=${number%-debug}
        printf 'operating-system\tseL4\t%s\tGPL-2.0-only\tpkg:github/seL4/seL4@%s\t%s\t%s\n' "$number" "$number" \
            'Copyright the seL4 authors: https://github.com/seL4/seL4' \
            "The kernel. Its sources: https://github.com/seL4/seL4/tree/$number"
    fi
}
# release_source FOLDER UPSTREAM: the version of the sources: Debian's where they came from there.
release_source() { cut -d' ' -f2 "$1/.cohesix-source" 2>/dev/null || printf '%s' "$2"; }
release_purl() {
    case $2 in
        *-*) printf 'pkg:deb/debian/%s@%s?arch=source' "$1" "${2//+/%2B}" ;;
        *) printf 'pkg:generic/%s@%s' "$1" "$2" ;;
    esac
}

# release_clean DIR: no file names a folder of this machine.
release_clean() {
    local place pattern jar
    : >"$work/found"
    for place in "$root" "$HOME" "$work" "${XDG_CACHE_HOME:-$HOME/.cache}" "${LWIP_DIR:-/}" "${SODIUM_DIR:-/}" "${sel4_build:-/}"; do
        [ "$place" != / ] || continue
        # As a folder's beginning: /proc/root/x is no path below /root.
        pattern="(^|[^A-Za-z0-9_./])$(printf '%s' "$place" | sed 's/[][\.*^$+?(){}|]/\\&/g')/"
        (cd "$1" && grep -rlaE -- "$pattern" .) >>"$work/found" || true
    done
    for jar in "$1"/lib/*.jar; do
        # A jar is packed: what is in it is looked at.
        if unzip -p "$jar" | grep -qaF -e "$root/" -e "$work/"; then echo "${jar##*/}" >>"$work/found"; fi
    done
    [ ! -s "$work/found" ] ||
        die "these files name folders of this machine: $(sort -u "$work/found" | tr '\n' ' ')- a debug kernel does (take a release one)," \
            "or a source that was compiled without -ffile-prefix-map"
}

release_sums() {
    (cd "$1" && find . -type f ! -name SHA256SUMS -printf '%P\0' | LC_ALL=C sort -z | xargs -0 sha256sum) >"$work/sums"
    mv "$work/sums" "$1/SHA256SUMS"
}

# release_pack DIR FILE: sorted, nobody's, of one time.
release_pack() {
    find "$1" -exec touch --no-dereference --date="@$epoch" {} +
    LC_ALL=C tar --create --directory "$(dirname "$1")" --sort=name --format=ustar --owner=0 --group=0 --numeric-owner \
        --mtime="@$epoch" --mode='u+rw,go+r,go-w,a+X' "$(basename "$1")" | gzip -9n >"$2.part"
    mv "$2.part" "$2"
}
