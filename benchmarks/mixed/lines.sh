. /etc/os-release && test "$ID" = debian
uname -r
dpkg-query -W -f '${db:Status-Status}' ca-certificates openssh-server sudo
sudo install -d -m 0755 /etc/opsflow-bench
printf 'release = STAMP\nkernel = %s\nlimit.open_files = 4096\n' "$(uname -r)" | sudo tee /etc/opsflow-bench/application.conf
echo This host belongs to a benchmark and will be gone in a minute. | sudo tee /etc/opsflow-bench/banner.txt
echo STAMP | sudo tee /etc/opsflow-bench/release
sudo sh -c 'cd /etc/opsflow-bench && { grep -sv ^open_files= limits; echo open_files=4096 "# STAMP"; } >new && mv new limits'
sudo stat /etc/opsflow-bench/application.conf
sudo ln -sfn /etc/opsflow-bench/application.conf /etc/opsflow-bench/current.conf
sudo rm -f /etc/opsflow-bench/old.conf
systemctl is-active ssh && systemctl is-enabled ssh
sudo grep -q STAMP /etc/opsflow-bench/application.conf
sudo sh -c 'getent passwd | wc -l'
sudo true
sudo true
