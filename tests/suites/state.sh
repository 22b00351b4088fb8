# Prints what this host is made of, a line a thing: `section|name|what it is`. Run by root.
set -e
export LC_ALL=C.UTF-8
places="/etc /home /opt /root /srv /usr/local /var/backups/site /var/lib/minidb /var/log/miniweb /var/spool/cron /var/www"

# What differs between two hosts or two seconds is left out.
find $places -xdev \( -name .ansible -o -path /etc/ssl/certs -o -name .cache -o -name __pycache__ \) -prune -o \
    ! -name '*-' ! -name .pwd.lock ! -name ld.so.cache ! -name '*.db' ! -name 'ssh_host_*' \
    -printf 'file|%p|%y %m %u:%g %l\n' 2>/dev/null | sort
find $places -xdev \( -name .ansible -o -path /etc/ssl/certs \) -prune -o -type f \
    ! -name '*-' ! -name ld.so.cache ! -name '*.db' ! -name 'ssh_host_*' ! -path /etc/shadow \
    -exec sha256sum {} + | sed -E 's/^([0-9a-f]{16})[0-9a-f]*  (.*)/content|\2|\1/' | sort
dpkg-query -W -f 'package|${binary:Package}|${Version} ${db:Status-Abbrev}\n'
getent passwd | sed -E 's/^([^:]*):/user|\1|/'
getent group | sed -E 's/^([^:]*):/group|\1|/'
# A password's salt is random and the day of its change is today's.
awk -F: '{ p = $2; if (length(p) > 2) p = substr(p, 1, 3) "..."; print "shadow|" $1 "|" p ":" $4 ":" $5 ":" $6 ":" $7 ":" $8 }' /etc/shadow
systemctl list-unit-files --no-legend --no-pager --type service,timer,socket | awk '{print "enabled|" $1 "|" $2}'
systemctl list-units --no-legend --plain --no-pager --all --type service,timer,socket |
    awk '$2 == "loaded" && $1 !~ /^(user|session|run-|systemd-|apt-|dpkg-)/ {print "unit|" $1 "|" $3 " " $4}'
for name in net.ipv4.conf.all.log_martians net.ipv4.conf.all.accept_redirects net.ipv4.tcp_syncookies; do
    echo "sysctl|$name|$(sysctl -n $name)"
done
