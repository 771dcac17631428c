# Sourced by scripts that need programs of Debian's.

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

install_missing() { # command:package ...
  local missing=() pair
  for pair in "$@"; do command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}"); done
  [ ${#missing[@]} -eq 0 ] && return
  echo "Installing ${missing[*]}" >&2
  # Debian starts the daemons it installs; whoever needs them here starts its own.
  local policy=/usr/sbin/policy-rc.d had_policy=1
  if [ ! -e "$policy" ]; then had_policy=0; printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null; as_root chmod +x "$policy"; fi
  as_root apt-get update -qq >&2
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
  [ "$had_policy" = 1 ] || as_root rm -f "$policy"
}
