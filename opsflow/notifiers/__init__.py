"""Who is told: the aggregated result of a run goes to email, webhooks and files."""
