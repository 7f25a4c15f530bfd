"""Statements: a repository builds and runs them for one table. It never commits."""
