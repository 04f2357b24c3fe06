# Debian packages that the tests use: the console's page is tested in a real browser, and the agent with
# real consumers. Without them those tests skip. Downloads are kept for the next run.
apt_cache=/var/cache/vouchsafe-ci/apt
apt_log=/tmp/vouchsafe-ci-apt.log

apt_get() {
  retry as_root apt-get -q -y -o DPkg::Lock::Timeout=120 -o "Dir::Cache::archives=$apt_cache" \
    -o APT::Keep-Downloaded-Packages=true "$@" >>"$apt_log" 2>&1
}

codename=$(. /etc/os-release && echo "$VERSION_CODENAME")

# Adds the backports of this release from the mirror that the machine uses already.
add_backports() {
  local mirror
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
    awk -v release="$codename" '$2 == release { print $1; exit }')
  [ -n "$mirror" ] || return 1
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $codename-backports main" |
    as_root tee /etc/apt/sources.list.d/vouchsafe-backports.list >/dev/null
  apt_get update
}

install_packages() {
  local missing=() from=() policy=/usr/sbin/policy-rc.d held=no package
  # The rpm and the arm64 executable are made here and looked into; the latter runs under emulation.
  for package in rpm:/usr/bin/rpmbuild cpio:/usr/bin/cpio binutils:/usr/bin/objdump \
    qemu-user-static:/usr/bin/qemu-aarch64-static \
    libstdc++6-arm64-cross:/usr/aarch64-linux-gnu/lib/ld-linux-aarch64.so.1 \
    chromium:/usr/bin/chromium clamav:/usr/bin/clamscan clamav-daemon:/usr/sbin/clamd \
    systemd-container:/usr/bin/systemd-nspawn mmdebstrap:/usr/bin/mmdebstrap openssl:/usr/bin/openssl \
    wixl:/usr/bin/wixl osslsigncode:/usr/bin/osslsigncode \
    systemd:/usr/bin/systemd-analyze apparmor:/usr/sbin/apparmor_parser \
    suricata:/usr/bin/suricata xdelta3:/usr/bin/xdelta3 \
    groff-base:/usr/bin/groff mandoc:/usr/bin/mandoc zsh:/usr/bin/zsh fish:/usr/bin/fish; do
    [ -x "${package#*:}" ] || missing+=("${package%%:*}")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "== apt: ${missing[*]}"
  : >"$apt_log"
  as_root mkdir -p "$apt_cache/partial" && as_root chown _apt "$apt_cache/partial"
  apt_get update
  # The tests start what they need themselves: no package starts its service.
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null && as_root chmod 755 "$policy"
    held=yes
  fi
  for package in "${missing[@]}"; do
    from=()
    if ! apt-get -q -s --no-install-recommends install "$package" >/dev/null 2>&1; then
      add_backports && from=(-t "$codename-backports")
    fi
    apt_get --no-install-recommends "${from[@]}" install "$package" ||
      { tail -5 "$apt_log"; echo "$package could not be installed"; }
  done
  [ "$held" = no ] || as_root rm -f "$policy"
}
