"""What the store is made of: recipes, drafts, disks, manifests, immutable versions, and what may be removed."""
