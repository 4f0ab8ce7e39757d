"""Training: settings, the loop, tuning and the networks; torch is imported only below this package."""
