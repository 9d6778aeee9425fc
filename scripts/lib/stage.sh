# Stages the Java programs for use: jar, launcher and a class-data archive for this machine's JDK.
# shellcheck shell=bash disable=SC2154
# An archive is good for one JDK version and one jar at one path, so it is made where the program is installed, not where it is built.

# stage_launcher TOOL DIR: a small sh script that starts the jar beside it; without a fitting archive it only starts slower.
stage_launcher() {
    cat <<EOL
#!/bin/sh
# Starts $1. Set JAVA_HOME to choose the JDK; JAVA_OPTS adds options.
here=\$0
while [ -L "\$here" ]; do
    link=\$(readlink "\$here")
    case \$link in /*) here=\$link ;; *) here=\${here%/*}/\$link ;; esac
done
case \$here in */*) here=\${here%/*} ;; *) here=. ;; esac
if [ -n "\${JAVA_HOME:-}" ]; then
    java=\$JAVA_HOME/bin/java
    home=\$JAVA_HOME
else
    java=\$(command -v java) || { echo "$1: no java in PATH and no JAVA_HOME: install a JDK of version 17 or later" >&2; exit 4; }
    java=\$(readlink -f "\$java")
    home=\${java%/bin/java}
fi
version=none
while IFS='=' read -r key value; do
    case \$key in JAVA_VERSION) version=\${value#\"}; version=\${version%\"}; break ;; esac
done <"\$home/release" 2>/dev/null
archive=\$here/../lib/$1-\$version.jsa
if [ -f "\$archive" ]; then share=-XX:SharedArchiveFile=\$archive; else share=-Xshare:auto; fi
# shellcheck disable=SC2086
exec "\$java" "\$share" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \\
    -Xlog:disable -Xlog:all=error:stderr \${JAVA_OPTS:-} -XX:-UsePerfData -jar "\$here/../lib/$1.jar" "\$@"
EOL
}

# stage_tool TOOL JAR RUN...: each RUN is one command line whose classes go into the archive.
stage_tool() {
    local tool=$1 jar=$2 bin=$tools/bin lib=$tools/lib version key java list run number=0
    shift 2
    mkdir -p "$bin" "$lib"
    java=$(java_home)/bin/java
    version=$(java_version)
    stage_launcher "$tool" >"$bin/.$tool.new"
    chmod +x "$bin/.$tool.new"
    mv "$bin/.$tool.new" "$bin/$tool"
    key="$(sha256sum <"$jar") $version $lib $*"
    if [ -f "$lib/$tool-$version.jsa" ] && stamped "stage-$tool" "$key"; then return 0; fi
    cmp -s "$jar" "$lib/$tool.jar" || { cp "$jar" "$lib/.$tool.new" && mv "$lib/.$tool.new" "$lib/$tool.jar"; }
    list=$lib/.$tool.classes
    : >"$list"
    for run in "$@"; do
        number=$((number + 1))
        # shellcheck disable=SC2086
        "$java" -Xshare:off -XX:DumpLoadedClassList="$list.$number" -jar "$lib/$tool.jar" $run >"$out/log/stage-$tool-$number.log" 2>&1 </dev/null ||
            say "note: '$tool $run' ended with status $? while its classes were listed (log: $out/log/stage-$tool-$number.log)"
        if [ -f "$list.$number" ]; then cat "$list.$number" >>"$list"; rm -f "$list.$number"; fi
    done
    # Each run numbers its classes anew. Only classes of loaders of a program's own need the numbers, and those are left out.
    sed -e '/ source: /d' -e 's/ id: [0-9]*$//' "$list" | awk '!seen[$0]++' >"$list.all"
    if "$java" -Xshare:dump -XX:SharedClassListFile="$list.all" -XX:SharedArchiveFile="$lib/.$tool.jsa" \
        -cp "$lib/$tool.jar" >"$out/log/stage-$tool-dump.log" 2>&1; then
        mv "$lib/.$tool.jsa" "$lib/$tool-$version.jsa"
    else
        rm -f "$lib/.$tool.jsa" "$lib/$tool-$version.jsa"
        say "note: no class-data archive for $tool on JDK $version: it starts slower (log: $out/log/stage-$tool-dump.log)"
    fi
    rm -f "$list" "$list.all"
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
