"""SystemManager drivers: how a host as a whole is updated and rebooted."""
