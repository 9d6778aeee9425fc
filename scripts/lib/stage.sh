# Stages the Java programs for use: jar, launcher and a class-data archive for this machine's JDK.
# shellcheck shell=bash disable=SC2154
# An archive is good for one JDK version and one jar at one path, so it is made where the program is installed, not where it is built.

# stage_launcher TOOL [ARCHIVES]: a small sh script that starts ../lib/TOOL.jar; without a fitting archive it only starts slower.
# ARCHIVES, the folder of the archives as the script's text says it, is by default the jar's.
stage_launcher() {
    cat <<EOL
#!/bin/sh
# Starts $1. Set JAVA_HOME to choose the JVM; JAVA_OPTS adds options.
here=\$0
while [ -L "\$here" ]; do
    link=\$(readlink "\$here")
    case \$link in /*) here=\$link ;; *) here=\${here%/*}/\$link ;; esac
done
case \$here in */*) here=\${here%/*} ;; *) here=. ;; esac
if [ -n "\${JAVA_HOME:-}" ]; then
    java=\$JAVA_HOME/bin/java
    home=\$JAVA_HOME
    [ -x "\$java" ] || { echo "$1: JAVA_HOME=\$JAVA_HOME has no bin/java: unset it, or name the folder of a Java 17 or later" >&2; exit 4; }
else
    java=\$(command -v java) || { echo "$1: no java in PATH and no JAVA_HOME: install Java 17 or later (Debian: apt install default-jre-headless)" >&2; exit 4; }
    java=\$(readlink -f "\$java")
    home=\${java%/bin/java}
fi
version=none
while IFS='=' read -r key value; do
    case \$key in JAVA_VERSION) version=\${value#\"}; version=\${version%\"}; break ;; esac
done <"\$home/release" 2>/dev/null
case \$version in
    1.* | [1-9] | [1-9].* | 1[0-6] | 1[0-6].*) echo "$1: \$java is version \$version, it takes 17 or later: set JAVA_HOME to one" >&2; exit 4 ;;
esac
archive=${2:-\$here/../lib}/$1-\$version.jsa
if [ -f "\$archive" ]; then share=-XX:SharedArchiveFile=\$archive; else share=-Xshare:auto; fi
# shellcheck disable=SC2086
exec "\$java" "\$share" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \\
    -Xlog:disable -Xlog:all=error:stderr \${JAVA_OPTS:-} -XX:-UsePerfData -jar "\$here/../lib/$1.jar" "\$@"
EOL
}

# stage_classes TOOL JAR LIST RUN...: writes into LIST what an archive shall hold: the classes that these command lines load.
stage_classes() {
    local tool=$1 jar=$2 list=$3 run number=0
    shift 3
    : >"$list.all"
    for run in "$@"; do
        number=$((number + 1))
        # shellcheck disable=SC2086
        "$(java_home)/bin/java" -Xshare:off -XX:DumpLoadedClassList="$list.$number" -jar "$jar" $run >"$out/log/stage-$tool-$number.log" 2>&1 </dev/null ||
            say "note: '$tool $run' ended with status $? while its classes were listed (log: $out/log/stage-$tool-$number.log)"
        if [ -f "$list.$number" ]; then cat "$list.$number" >>"$list.all"; rm -f "$list.$number"; fi
    done
    # The program's own classes only: which of Java's are loaded depends on the JVM and on who waited for whom, and each JVM has a
    # list of its own. So the same program gives the same list everywhere.
    "$(java_home)/bin/jar" tf "$jar" | sed -n 's/\.class$//p' | LC_ALL=C sort -u >"$list.jar"
    sed -e '/ source: /d' -e 's/ id: [0-9]*$//' "$list.all" | LC_ALL=C sort -u | LC_ALL=C comm -12 - "$list.jar" >"$list.new"
    mv "$list.new" "$list"
    rm -f "$list.all" "$list.jar"
}

# stage_tool TOOL JAR RUN...: each RUN is one command line whose classes go into the archive.
stage_tool() {
    local tool=$1 jar=$2 bin=$tools/bin lib=$tools/lib version key
    shift 2
    mkdir -p "$bin" "$lib"
    version=$(java_version)
    stage_launcher "$tool" >"$bin/.$tool.new"
    chmod +x "$bin/.$tool.new"
    mv "$bin/.$tool.new" "$bin/$tool"
    install -m 755 "$root/scripts/lib/class-archives" "$lib/class-archives"
    key="$(sha256sum <"$jar") $(sha256sum <"$lib/class-archives") $version $lib $*"
    if [ -f "$lib/$tool-$version.jsa" ] && [ -f "$lib/$tool.classes" ] && stamped "stage-$tool" "$key"; then return 0; fi
    cmp -s "$jar" "$lib/$tool.jar" || { cp "$jar" "$lib/.$tool.new" && mv "$lib/.$tool.new" "$lib/$tool.jar"; }
    stage_classes "$tool" "$lib/$tool.jar" "$lib/$tool.classes" "$@"
    JAVA_HOME=$(java_home) "$lib/class-archives" "$tool" >"$out/log/stage-$tool-dump.log" 2>&1 ||
        say "note: no class-data archive for $tool on JDK $version: it starts slower (log: $out/log/stage-$tool-dump.log)"
    stamp "stage-$tool" "$key"
}

# stage_tools: every program. The session whose classes are listed runs on the POSIX hive, so that attaching and streaming are in the archive.
stage_tools() {
    local script=$boot_script own=$root/configs/root_task.toml hosted
    hosted=$root/seL4/build/posix-debug$(suffix)/hive-hosted
    mkdir -p "$tools/bin"
    cmp -s "$hosted" "$tools/bin/hive-hosted" || install -m 755 "$hosted" "$tools/bin/hive-hosted"
    stage_tool coh-rtc "$root/tools/coh-rtc/target/coh-rtc.jar" "--help" "check $own" "compile $own --check" "explain secure9p.msize"
    stage_tool cohsh "$root/host/cohsh/target/cohsh.jar" "--help" "--check $script" \
        "--transport local --hive-binary $hosted --policy $policies/cohsh_policy.toml --script $script" \
        "--transport local --protocol secure9p --hive-binary $hosted --policy $policies/cohsh_policy.toml --script $script"
    local update=$root/resources/fixtures/cas/bundle-1 key=$root/resources/fixtures/cas_signing_key.hex
    stage_tool cas-tool "$root/host/cas-tool/target/cas-tool.jar" "--help" "verify $update --key $key" "show $update" \
        "upload $update --transport local --hive-binary $hosted --policy $policies/cohsh_policy.toml"
    local tool completions=$tools/share/bash-completion/completions
    mkdir -p "$completions"
    for tool in cohsh cas-tool; do
        [ "$completions/$tool" -nt "$tools/lib/$tool.jar" ] || "$tools/bin/$tool" --bash-completion >"$completions/$tool"
    done
}
