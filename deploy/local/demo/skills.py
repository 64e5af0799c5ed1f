"""What people of the synthetic company can, want and hope for."""

# fmt: off
LEADERSHIP = [
    "leadership", "negotiation", "presentation", "feedback", "delegation", "conflict resolution", "coaching",
    "strategic thinking", "stakeholder management", "hiring", "decision making", "time management",
]
CRAFT = {
    "engineering": ["python", "go", "kubernetes", "kafka", "sql", "system design", "testing", "security", "frontend"],
    "product": ["discovery", "roadmaps", "user research", "pricing", "analytics", "sql", "storytelling", "launches"],
    "sales": ["prospecting", "closing", "account planning", "forecasting", "demos", "contracts", "storytelling"],
    "finance": ["budgeting", "controlling", "sql", "forecasting", "risk", "audit", "modelling", "spreadsheets"],
    "people": ["recruiting", "onboarding", "labour law", "mediation", "compensation", "facilitation", "culture"],
    "operations": ["logistics", "procurement", "lean", "project management", "quality", "contracts", "risk"],
}
# fmt: on
PATHS = {
    "engineering": ["staff engineer", "engineering manager", "architect"],
    "product": ["senior product manager", "head of product"],
    "sales": ["key account manager", "sales lead"],
    "finance": ["finance business partner", "controller"],
    "people": ["people partner", "head of recruiting"],
    "operations": ["operations manager", "programme manager"],
}
GOALS = [
    "Lead a team of my own",
    "Speak at a conference and be listened to",
    "Become the person others ask about system design",
    "Move from doing to leading without losing the craft",
    "Get better at difficult conversations",
    "Understand how decisions are made at the top",
    "Change into product from engineering",
    "Grow a network beyond my own site",
    "Learn to say no and still be liked",
    "Run a project across three countries",
]
REFUSALS = [
    "no time this quarter",
    "we work too closely already",
    "I would rather learn from somebody in another field",
    "a long leave is coming up",
]
