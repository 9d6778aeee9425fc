#!/usr/bin/env bash
# The UEFI chain, shortly: one boot with ACPI to the prompt and a session, and two images that must be refused. All of it:
# scripts/uefi/esp-boot-smoke.sh and scripts/uefi/esp-negative.sh without --short.
set -euo pipefail
uefi=$(cd "$(dirname "$0")/../uefi" && pwd)
"$uefi/esp-boot-smoke.sh" --short
"$uefi/esp-negative.sh" --short
