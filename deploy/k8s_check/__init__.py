"""Builds every mix of deploy/k8s and judges it; writes what follows from the registries. See docs/deploy.md."""
