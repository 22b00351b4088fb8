# Runs in a fresh tree, as root: makes of a minimal Debian what every lab host has in common.
set -eu

# People. ops: key login, sudo and doas without a password. deploy and root: the password is the name.
useradd --create-home --shell /bin/bash ops
useradd --create-home --shell /bin/bash deploy
# Without PAM sshd refuses a locked account even with a key; '*' is no password, and not locked.
usermod --password '*' ops
echo 'deploy:deploy' | chpasswd
echo 'root:root' | chpasswd
install -d -m 0700 -o ops -g ops /home/ops/.ssh

cat >/etc/sudoers.d/lab <<'END'
ops ALL=(ALL:ALL) NOPASSWD: ALL
deploy ALL=(ALL:ALL) ALL
END
chmod 0440 /etc/sudoers.d/lab

cat >/etc/doas.conf <<'END'
permit nopass ops
permit deploy
END
chmod 0600 /etc/doas.conf

# Each host gets its own key from the lab. PAM and reverse look-ups only cost time at each login.
rm -f /etc/ssh/ssh_host_*
mkdir -p /etc/ssh/sshd_config.d
cat >/etc/ssh/sshd_config.d/lab.conf <<'END'
HostKey /etc/ssh/ssh_host_ed25519_key
UsePAM no
UseDNS no
MaxStartups 100
PasswordAuthentication yes
END

# Nothing may happen on a host that a test did not ask for.
rm -f /etc/systemd/system/timers.target.wants/*.timer
systemctl mask console-getty.service >/dev/null 2>&1
ln -sf /dev/null /etc/systemd/system/systemd-firstboot.service

# Packages come from the lab's repository, which each lab adds. A throwaway disk needs no fsync.
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d /var/lib/apt/lists /var/cache/apt/archives
mkdir -p /etc/apt/sources.list.d /etc/apt/keyrings /var/lib/apt/lists/partial /var/cache/apt/archives/partial
echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/lab
# The lab dates its index a second later each time it publishes, which may run ahead of the clock.
echo 'Acquire::Max-FutureTime "86400";' >/etc/apt/apt.conf.d/90lab
rm -f /etc/machine-id /var/lib/dbus/machine-id /etc/hostname
: >/etc/machine-id
: >/etc/resolv.conf
