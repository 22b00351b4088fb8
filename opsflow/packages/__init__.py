"""PackageManager drivers: how packages are listed, planned and upgraded."""
