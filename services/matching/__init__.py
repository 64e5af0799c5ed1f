"""Programs, cohort runs and offers: who is proposed to whom, why, and what became of it."""
