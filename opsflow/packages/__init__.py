"""PackageManager drivers: how packages are listed, planned, approved and upgraded."""
