"""Skills and jobs: badges, levels of one economy in another, labour demand as counts."""
