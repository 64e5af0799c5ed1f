"""Grafana dashboards as code: `make docs` writes the JSON files that lie here."""
