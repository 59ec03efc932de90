"""SQL files onto a database, as a customer would bring them: in order, each in one transaction."""

from pathlib import Path

import psycopg

from sandbox.postgres import ADMIN, Postgres

COMPANY = Path(__file__).parent / "company"
MIGRATIONS = Path(__file__).parent.parent / "supabase" / "migrations"


def apply_file(dsn: str, path: Path) -> None:
    """Run one file in one transaction."""
    with psycopg.connect(dsn) as connection:
        connection.execute(path.read_bytes())


def apply_migrations(dsn: str, folder: Path = MIGRATIONS) -> list[str]:
    """Run the files of a migrations folder in the order of their names, as the Supabase CLI does.

    Args:
        dsn: A connection of the schema's owner.
        folder: By default the project's own.

    Returns:
        The names of the files.
    """
    files = sorted(folder.glob("*.sql"))
    for path in files:
        apply_file(dsn, path)
    return [path.name for path in files]


def create_roles(cluster: Postgres) -> None:
    """Create Supabase's roles in a new cluster."""
    apply_file(cluster.dsn("postgres", user=ADMIN), COMPANY / "roles.sql")


def create_project(cluster: Postgres, name: str) -> str:
    """Create a database as a new Supabase project has it; a company file of its name fills it.

    Returns:
        The connection URI of its owner.
    """
    cluster.create_database(name)
    apply_file(cluster.dsn(name, user=ADMIN), COMPANY / "project.sql")
    schema = COMPANY / f"{name}.sql"
    if schema.exists():
        apply_file(cluster.dsn(name), schema)
    return cluster.dsn(name)
