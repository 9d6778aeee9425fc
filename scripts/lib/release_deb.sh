# Makes cohesix-host_V_all.deb from the tree of a release: programs, pages, completions; no image.
# shellcheck shell=bash disable=SC2154
# Needs release.sh and its variables.

# release_deb TREE FILE
release_deb() {
    local tree=$1 dir=$work/deb share tool
    share=$dir/usr/share/cohesix
    mkdir -p "$dir/DEBIAN" "$dir/usr/bin" "$share"/{bin,lib} "$dir/usr/share/man/man1" "$dir/usr/share/doc/cohesix-host/examples" \
        "$dir/usr/share/bash-completion/completions" "$dir/usr/share/lintian/overrides" "$dir/var/cache/cohesix"
    for tool in "${release_tools[@]}"; do
        # Archives are this machine's own and can be made again: they are a cache.
        stage_launcher "$tool" /var/cache/cohesix >"$share/bin/$tool"
        chmod 755 "$share/bin/$tool"
        ln -s "../share/cohesix/bin/$tool" "$dir/usr/bin/$tool"
        cp "$tree/lib/$tool.jar" "$tree/lib/$tool.classes" "$share/lib/"
        gzip -9n <"$tree/share/man/man1/$tool.1" >"$dir/usr/share/man/man1/$tool.1.gz"
        # bash-completion sources it: it is no program.
        sed '1{/^#!/d}' "$tree/share/bash-completion/completions/$tool" >"$dir/usr/share/bash-completion/completions/$tool"
    done
    install -m 755 "$tree/lib/class-archives" "$share/lib/"
    cp -R "$tree/policy" "$share/"
    cp -R "$tree/configs" "$tree/resources" "$tree/scripts" "$tree/traces" "$dir/usr/share/doc/cohesix-host/examples/"
    cp "$tree/docs/COHSH.md" "$tree/docs/MANIFEST.md" "$tree/docs/CAS.md" "$tree/docs/QUICKSTART.md" "$dir/usr/share/doc/cohesix-host/"
    release_deb_sbom "$share"
    release_deb_texts "$dir"
    find "$dir" -type d -exec chmod 755 {} +
    find "$dir" -type f ! -perm -100 -exec chmod 644 {} +
    (cd "$dir" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 md5sum) >"$work/md5sums"
    mv "$work/md5sums" "$dir/DEBIAN/md5sums"
    find "$dir" -exec touch --no-dereference --date="@$epoch" {} +
    # Nearly all of it is jars, which are compressed: xz takes ten times as long and saves nothing.
    SOURCE_DATE_EPOCH=$epoch dpkg-deb --root-owner-group -Zgzip --build "$dir" "$2.part" >"$out/log/release-deb.log" 2>&1 ||
        { cat "$out/log/release-deb.log" >&2; die "dpkg-deb could not make the package, see above"; }
    mv "$2.part" "$2"
}

# Of the host programs alone.
release_deb_sbom() {
    local tool boms=()
    for tool in "${release_tools[@]}"; do boms+=(--program "$1/lib/$tool.jar=$(release_bom "$tool")"); done
    coh_release sbom --name cohesix-host --release-version "$version" --epoch "$epoch" \
        "${boms[@]}" --out "$1/sbom.cdx.json" --third-party "$work/third-party" 2>"$out/log/release-sbom.log" ||
        { cat "$out/log/release-sbom.log" >&2; die "no list of what is in the package, see above"; }
}

release_deb_texts() {
    local dir=$1 doc=$1/usr/share/doc/cohesix-host size script
    size=$(du -sk --apparent-size "$dir/usr" | cut -f1)
    sed -e "s/@VERSION@/$version/" -e "s/@SIZE@/$size/" "$root/scripts/release/deb/control" >"$dir/DEBIAN/control"
    for script in postinst prerm; do install -m 755 "$root/scripts/release/deb/$script" "$dir/DEBIAN/$script"; done
    cp "$root/scripts/release/deb/triggers" "$dir/DEBIAN/triggers"
    cp "$root/scripts/release/deb/lintian-overrides" "$dir/usr/share/lintian/overrides/cohesix-host"
    printf 'cohesix-host (%s) unstable; urgency=medium\n\n  * Release %s, made from commit\n    %s.\n\n -- Cohesix <cohesix@localhost>  %s\n' \
        "$version" "$version" "$commit" "$(LC_ALL=C date -u -R -d "@$epoch")" | gzip -9n >"$doc/changelog.gz"
    # The text of the Apache licence is in every Debian.
    awk '/^=====/ { rule = $0; getline id; skip = id == "Apache-2.0"; if (!skip) { print rule; print id } next } !skip' "$work/third-party" |
        sed -e 's/^$/./' -e 's/^/ /' | cat "$root/scripts/release/deb/copyright" - >"$doc/copyright"
}
