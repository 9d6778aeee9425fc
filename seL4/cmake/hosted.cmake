# POSIX: hive-hosted, unit tests, fuzzers.
enable_testing()
