# Reads Debian's index and packages from the mirrors that this machine already uses, checked by apt's signatures, and leaves
# the machine's own lists and packages as they are.
# shellcheck shell=bash disable=SC2154
# Needs say and die; $work is a private folder that its caller removes.

# Debian entries of this machine's sources, as deb or deb-src: a suite of this release and the component main.
# Third parties' entries (their suites are named otherwise) are left out.
private_sources() {
    local kind=$1 otherwise=$2 out=$work/sources codename file
    # shellcheck source=/dev/null
    codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
    [ -n "$codename" ] || die "/etc/os-release names no VERSION_CODENAME: $otherwise"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -r "$file" ] || continue
        awk -v code="$codename" -v kind="$kind" '
            $1 == "deb" {
                at = 2
                if ($2 ~ /^\[/) { while (at <= NF && $at !~ /\]$/) at++; at++ }
                suite = $(at + 1); main = 0
                for (i = at + 2; i <= NF && $i !~ /^#/; i++) if ($i == "main") main = 1
                if (main && (suite == code || suite == code "-updates" || suite == code "-security")) {
                    sub(/^[ \t]*deb[ \t]/, kind " "); print
                }
            }' "$file"
    done >"$out/debian.list"
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -r "$file" ] || continue
        awk -v code="$codename" -v kind="$kind" '
            function field(name,   i, v, on) {
                v = ""; on = 0
                for (i = 1; i <= n; i++) {
                    if (tolower(line[i]) ~ "^" tolower(name) ":") { v = line[i]; sub(/^[^:]*:/, "", v); on = 1 }
                    else if (on && line[i] ~ /^[ \t]/) v = v " " line[i]
                    else on = 0
                }
                return " " v " "
            }
            function flush(   i) {
                if (n > 0 && field("Types") ~ /[ \t]deb(-src)?[ \t]/ && tolower(field("Enabled")) !~ /[ \t]no[ \t]/ &&
                    field("Suites") ~ "[ \t]" code "(-updates|-security)?[ \t]" && field("Components") ~ /[ \t]main[ \t]/) {
                    for (i = 1; i <= n; i++) print tolower(line[i]) ~ /^types:/ ? "Types: " kind : line[i]
                    print ""
                }
                n = 0
            }
            /^#/ { next }
            /^[ \t]*$/ { flush(); next }
            { line[++n] = $0 }
            END { flush() }' "$file"
    done >"$out/debian.sources"
    [ -s "$out/debian.list" ] || [ -s "$out/debian.sources" ] ||
        die "no entry for Debian $codename main in /etc/apt: add one, or $otherwise"
}

# apt with lists, state and cache of its own: nothing of the machine's is read but keys, proxies and mirrors, nothing is written.
private_apt() {
    local tool=$1
    shift
    "$tool" -q -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$work/sources" \
        -o "Dir::State=$work/state" -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" \
        -o APT::Get::List-Cleanup=0 -o Acquire::Languages=none -o Acquire::Retries=3 "${private_options[@]}" "$@"
}

# private_index KIND OTHERWISE [APT-OPTION...]: the index of KIND (deb, deb-src) in $work; OTHERWISE is what a user does when
# there is none. The options count for each private_apt after it. Packages are put into $work/get.
private_options=()
private_index() {
    private_options=("${@:3}")
    chmod 755 "$work"
    mkdir -p "$work"/{sources,state,lists/partial,cache/archives/partial,get}
    if [ "$(id -u)" -eq 0 ] && id _apt >/dev/null 2>&1; then chown _apt "$work/get" "$work/lists/partial"; fi
    private_sources "$1" "$2"
    say "reading the index of this machine's Debian mirrors"
    private_apt apt-get update -o APT::Update::Error-Mode=any >"$work/update.log" 2>&1 ||
        { tail -n 20 "$work/update.log" >&2; die "apt-get update failed on a private list of Debian's entries, see above"; }
}

# put_in_place FOLDER TARGET: TARGET becomes FOLDER at once, whatever file system each is on.
put_in_place() {
    local parent=${2%/*} name=${2##*/}
    rm -rf "$parent/.$name.new.$$"
    cp -R "$1" "$parent/.$name.new.$$"
    if [ -e "$2" ]; then mv "$2" "$parent/.$name.old.$$"; fi
    mv "$parent/.$name.new.$$" "$2"
    rm -rf "$parent/.$name.old.$$"
}
