#!/bin/sh
# A command of spend-monitor with the settings, the secrets and the state of the service, while that runs. For root:
#   install -m 0755 spend-monitor.sh /usr/local/bin/spend-monitor
#   spend-monitor doctor
exec systemd-run --quiet --pipe --wait --collect --same-dir \
  --property=EnvironmentFile=-/etc/spend-monitor/spend-monitor.env \
  --setenv=CREDENTIALS_DIRECTORY=/run/credentials/spend-monitor.service \
  --setenv=STATE_DIRECTORY=/var/lib/spend-monitor \
  --setenv=LOGNAME="${SUDO_USER:-$(id -un)}" \
  /opt/spend-monitor/bin/spend-monitor "$@"
