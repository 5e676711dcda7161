"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import imageloom.runtime.db.types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "blobs",
        sa.Column("blake3", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("blake3", name=op.f("pk_blobs")),
    )
    op.create_table(
        "lanes",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("credential_id", sa.String(length=26), nullable=True),
        sa.Column("team_id", sa.String(length=26), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("heartbeat_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("parked_reason", sa.String(length=500), nullable=True),
        sa.Column("parked_outcome", sa.String(length=16), nullable=True),
        sa.Column("wait_reason", sa.String(length=500), nullable=True),
        sa.Column("resume_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.Column("day", sa.String(length=10), nullable=True),
        sa.Column("day_requests", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lanes")),
    )
    with op.batch_alter_table("lanes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lanes_team_id"), ["team_id"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", imageloom.runtime.db.types.Serial, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("payload", imageloom.runtime.db.types.JsonColumn, nullable=False),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_topic_id", ["topic", "id"], unique=False)

    op.create_table(
        "subscriptions",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("last_id", imageloom.runtime.db.types.Serial, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_subscriptions")),
    )
    op.create_table(
        "teams",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("preferences", imageloom.runtime.db.types.JsonColumn, nullable=True),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("disabled_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.Column("seen_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "credentials",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("team_id", sa.String(length=26), nullable=False),
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("hint", sa.String(length=16), nullable=False),
        sa.Column("base_url", sa.String(length=2000), nullable=True),
        sa.Column("limits", imageloom.runtime.db.types.JsonColumn, nullable=False),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.Column("checked_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.Column("trouble", sa.String(length=2000), nullable=True),
        sa.Column("removed_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_credentials_team_id_teams")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credentials")),
    )
    with op.batch_alter_table("credentials", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credentials_team_id"), ["team_id"], unique=False)

    op.create_table(
        "caps",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("team_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=100), nullable=False),
        sa.Column("project_id", sa.String(length=26), nullable=True),
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("is_hard", sa.Boolean(), nullable=False),
        sa.Column("allows_unknown", sa.Boolean(), nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("period_start", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.Column("settled_micros", sa.BigInteger(), nullable=False),
        sa.Column("failed_micros", sa.BigInteger(), nullable=False),
        sa.Column("refused_micros", sa.BigInteger(), nullable=False),
        sa.Column("held_micros", sa.BigInteger(), nullable=False),
        sa.Column("doubt_micros", sa.BigInteger(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=26), nullable=True),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_caps_team_id_teams")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caps")),
        sa.UniqueConstraint(
            "team_id", "kind", "target", "period", "is_hard", name=op.f("uq_caps_team_id_kind_target_period_is_hard")
        ),
    )
    with op.batch_alter_table("caps", schema=None) as batch_op:
        batch_op.create_index("ix_caps_target", ["target"], unique=False)
        batch_op.create_index("ix_caps_team_id_id", ["team_id", "id"], unique=False)

    op.create_table(
        "holds",
        sa.Column("attempt_id", sa.String(length=26), nullable=False),
        sa.Column("cap_id", sa.String(length=26), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=True),
        sa.Column("period_start", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.Column("in_doubt", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["cap_id"], ["caps.id"], name=op.f("fk_holds_cap_id_caps")),
        sa.PrimaryKeyConstraint("attempt_id", "cap_id", name=op.f("pk_holds")),
    )
    with op.batch_alter_table("holds", schema=None) as batch_op:
        batch_op.create_index("ix_holds_cap_id", ["cap_id"], unique=False)

    op.create_table(
        "quotas",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("team_id", sa.String(length=26), nullable=False),
        sa.Column("target", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("period_start", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(length=26), nullable=True),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_quotas_team_id_teams")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotas")),
        sa.UniqueConstraint(
            "team_id", "target", "kind", "period", name=op.f("uq_quotas_team_id_target_kind_period")
        ),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("batch_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_idempotency_keys_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_idempotency_keys")),
    )
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_keys_created_at"), ["created_at"], unique=False)

    op.create_table(
        "memberships",
        sa.Column("team_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_memberships_team_id_teams")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id_users")),
        sa.PrimaryKeyConstraint("team_id", "user_id", name=op.f("pk_memberships")),
    )
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_memberships_user_id"), ["user_id"], unique=False)

    op.create_table(
        "projects",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("team_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_projects_team_id_teams")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sa.UniqueConstraint("team_id", "name", name=op.f("uq_projects_team_id_name")),
    )
    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_projects_team_id"), ["team_id"], unique=False)

    op.create_table(
        "project_members",
        sa.Column("team_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("project_id", sa.String(length=26), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_project_members_project_id_projects")),
        sa.ForeignKeyConstraint(
            ["team_id", "user_id"],
            ["memberships.team_id", "memberships.user_id"],
            name=op.f("fk_project_members_team_id_user_id_memberships"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("team_id", "user_id", "project_id", name=op.f("pk_project_members")),
    )
    with op.batch_alter_table("project_members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_members_project_id"), ["project_id"], unique=False)

    op.create_table(
        "tokens",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("scopes", imageloom.runtime.db.types.JsonColumn, nullable=True),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.Column("revoked_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_tokens_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("sha256", name=op.f("uq_tokens_sha256")),
    )
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tokens_user_id"), ["user_id"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.Column("seen_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.Column("revoked_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sessions_user_id"), ["user_id"], unique=False)

    op.create_table(
        "one_time_links",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("user_id", sa.String(length=26), nullable=True),
        sa.Column("team_id", sa.String(length=26), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=True),
        sa.Column("project_id", sa.String(length=26), nullable=True),
        sa.Column("made_by", sa.String(length=26), nullable=True),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.Column("used_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.Column("revoked_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_one_time_links_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_links")),
    )
    with op.batch_alter_table("one_time_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_one_time_links_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_one_time_links_team_id"), ["team_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_one_time_links_user_id"), ["user_id"], unique=False)

    op.create_table(
        "throttles",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("since_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttles")),
    )
    with op.batch_alter_table("throttles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_throttles_since_at"), ["since_at"], unique=False)

    op.create_table(
        "activities",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=True),
        sa.Column("subject_id", sa.String(length=26), nullable=True),
        sa.Column("team_id", sa.String(length=26), nullable=True),
        sa.Column("details", imageloom.runtime.db.types.JsonColumn, nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
    )
    with op.batch_alter_table("activities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activities_subject_id"), ["subject_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_activities_team_id"), ["team_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_activities_user_id"), ["user_id"], unique=False)

    op.create_table(
        "assets",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("team_id", sa.String(length=26), nullable=False),
        sa.Column("project_id", sa.String(length=26), nullable=False),
        sa.Column("run_id", sa.String(length=26), nullable=True),
        sa.Column("item_id", sa.String(length=26), nullable=True),
        sa.Column("blake3", sa.String(length=64), nullable=False),
        sa.Column("format", sa.String(length=8), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=True),
        sa.Column("provenance", imageloom.runtime.db.types.JsonColumn, nullable=False),
        sa.Column("previews", sa.String(length=8), nullable=False),
        sa.Column("previews_claimed_by", sa.String(length=64), nullable=True),
        sa.Column("preview_hashes", imageloom.runtime.db.types.JsonColumn, nullable=True),
        sa.Column("preview", sa.Text(), nullable=True),
        sa.Column("phash", sa.String(length=16), nullable=True),
        sa.Column("colour", sa.String(length=7), nullable=True),
        sa.Column("trouble", sa.String(length=500), nullable=True),
        sa.Column("pick", sa.String(length=6), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("labels", imageloom.runtime.db.types.JsonColumn, nullable=True),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
        sa.Column("trashed_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.Column("trashed_by", sa.String(length=26), nullable=True),
        sa.Column("removed_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.Column("swept_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["blake3"], ["blobs.blake3"], name=op.f("fk_assets_blake3_blobs")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_assets_project_id_projects")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_assets_team_id_teams")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assets")),
    )
    with op.batch_alter_table("assets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assets_blake3"), ["blake3"], unique=False)
        batch_op.create_index(batch_op.f("ix_assets_item_id"), ["item_id"], unique=False)
        batch_op.create_index("ix_assets_previews_id", ["previews", "id"], unique=False)
        batch_op.create_index("ix_assets_project_id_request_hash", ["project_id", "request_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_assets_project_id"), ["project_id"], unique=False)
        batch_op.create_index("ix_assets_run_id_id", ["run_id", "id"], unique=False)
        batch_op.create_index("ix_assets_team_id_id", ["team_id", "id"], unique=False)
        batch_op.create_index(
            "ix_assets_picked",
            ["team_id", "pick", "id"],
            unique=False,
            sqlite_where=sa.text("pick IS NOT NULL"),
            postgresql_where=sa.text("pick IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_assets_rated",
            ["team_id", "id"],
            unique=False,
            sqlite_where=sa.text("rating IS NOT NULL"),
            postgresql_where=sa.text("rating IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_assets_trashed",
            ["team_id", "id"],
            unique=False,
            sqlite_where=sa.text("trashed_at IS NOT NULL"),
            postgresql_where=sa.text("trashed_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_assets_trashed_at",
            ["trashed_at"],
            unique=False,
            sqlite_where=sa.text("trashed_at IS NOT NULL"),
            postgresql_where=sa.text("trashed_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_assets_unswept",
            ["id"],
            unique=False,
            sqlite_where=sa.text("removed_at IS NOT NULL AND swept_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NOT NULL AND swept_at IS NULL"),
        )

    op.create_table(
        "asset_labels",
        sa.Column("asset_id", sa.String(length=26), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("team_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name=op.f("fk_asset_labels_asset_id_assets")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_asset_labels_team_id_teams")),
        sa.PrimaryKeyConstraint("asset_id", "label", name=op.f("pk_asset_labels")),
    )
    with op.batch_alter_table("asset_labels", schema=None) as batch_op:
        batch_op.create_index(
            "ix_asset_labels_team_id_label_asset_id", ["team_id", "label", "asset_id"], unique=False
        )

    op.create_table(
        "votes",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("team_id", sa.String(length=26), nullable=False),
        sa.Column("project_id", sa.String(length=26), nullable=True),
        sa.Column("run_id", sa.String(length=26), nullable=True),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.Column("models", sa.Integer(), nullable=False),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_votes_team_id_teams")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_votes_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_votes")),
        sa.UniqueConstraint("user_id", "shown", name=op.f("uq_votes_user_id_shown")),
    )
    with op.batch_alter_table("votes", schema=None) as batch_op:
        batch_op.create_index("ix_votes_team_id_run_id", ["team_id", "run_id"], unique=False)
        batch_op.create_index("ix_votes_team_id_project_id", ["team_id", "project_id"], unique=False)

    op.create_table(
        "voted_pictures",
        sa.Column("vote_id", sa.String(length=26), nullable=False),
        sa.Column("asset_id", sa.String(length=26), nullable=False),
        sa.Column("model", sa.String(length=265), nullable=True),
        sa.Column("is_chosen", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name=op.f("fk_voted_pictures_asset_id_assets")),
        sa.ForeignKeyConstraint(["vote_id"], ["votes.id"], name=op.f("fk_voted_pictures_vote_id_votes")),
        sa.PrimaryKeyConstraint("vote_id", "asset_id", name=op.f("pk_voted_pictures")),
    )

    op.create_table(
        "boards",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("team_id", sa.String(length=26), nullable=False),
        sa.Column("project_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("live_name", sa.String(length=200), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.Column("removed_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_boards_project_id_projects")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_boards_team_id_teams")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boards")),
        sa.UniqueConstraint("project_id", "live_name", name=op.f("uq_boards_project_id_live_name")),
    )
    with op.batch_alter_table("boards", schema=None) as batch_op:
        batch_op.create_index("ix_boards_team_id_id", ["team_id", "id"], unique=False)

    op.create_table(
        "board_assets",
        sa.Column("board_id", sa.String(length=26), nullable=False),
        sa.Column("asset_id", sa.String(length=26), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("added_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name=op.f("fk_board_assets_asset_id_assets")),
        sa.ForeignKeyConstraint(["board_id"], ["boards.id"], name=op.f("fk_board_assets_board_id_boards")),
        sa.PrimaryKeyConstraint("board_id", "asset_id", name=op.f("pk_board_assets")),
    )
    with op.batch_alter_table("board_assets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_board_assets_asset_id"), ["asset_id"], unique=False)
        batch_op.create_index("ix_board_assets_board_id_position", ["board_id", "position"], unique=False)

    op.create_table(
        "runs",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("team_id", sa.String(length=26), nullable=False),
        sa.Column("project_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("uncertain_policy", sa.String(length=16), nullable=False),
        sa.Column("failure_budget_percent", sa.Integer(), nullable=False),
        sa.Column("expanding", sa.Boolean(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("pending", sa.Integer(), nullable=False),
        sa.Column("running", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.Column("uncertain", sa.Integer(), nullable=False),
        sa.Column("estimated_micros", sa.BigInteger(), nullable=False),
        sa.Column("estimated_unknown", sa.Integer(), nullable=False),
        sa.Column("settled_micros", sa.BigInteger(), nullable=False),
        sa.Column("settled_unknown", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.Column("look_since", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.Column("pilot", sa.Integer(), nullable=True),
        sa.Column("held_from", sa.Integer(), nullable=True),
        sa.Column("opens_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.Column("closes_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.Column("finished_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_runs_project_id_projects")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_runs_team_id_teams")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_runs_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_runs_team_id"), ["team_id"], unique=False)
        batch_op.create_index("ix_runs_user_id_finished_at", ["user_id", "finished_at"], unique=False)

    op.create_table(
        "sheets",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("team_id", sa.String(length=26), nullable=False),
        sa.Column("project_id", sa.String(length=26), nullable=False),
        sa.Column("filename", sa.String(length=300), nullable=False),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("encoding", sa.String(length=32), nullable=True),
        sa.Column("columns", imageloom.runtime.db.types.JsonColumn, nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("blank_rows", sa.Integer(), nullable=False),
        sa.Column("sample", imageloom.runtime.db.types.JsonColumn, nullable=False),
        sa.Column("blake3", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_sheets_project_id_projects")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_sheets_team_id_teams")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheets")),
    )
    with op.batch_alter_table("sheets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sheets_team_id"), ["team_id"], unique=False)

    op.create_table(
        "batches",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("team_id", sa.String(length=26), nullable=False),
        sa.Column("project_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("plan", imageloom.runtime.db.types.JsonColumn, nullable=False),
        sa.Column("request", imageloom.runtime.db.types.JsonColumn, nullable=True),
        sa.Column("origin", imageloom.runtime.db.types.JsonColumn, nullable=True),
        sa.Column("schedule", imageloom.runtime.db.types.JsonColumn, nullable=True),
        sa.Column("sheet_id", sa.String(length=26), nullable=False),
        sa.Column("references", imageloom.runtime.db.types.JsonColumn, nullable=False),
        sa.Column("cursor", imageloom.runtime.db.types.JsonColumn, nullable=True),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("warnings", imageloom.runtime.db.types.JsonColumn, nullable=False),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["runs.id"], name=op.f("fk_batches_id_runs")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_batches_project_id_projects")),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheets.id"], name=op.f("fk_batches_sheet_id_sheets")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_batches_team_id_teams")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )
    with op.batch_alter_table("batches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_batches_project_id"), ["project_id"], unique=False)
        batch_op.create_index("ix_batches_team_id_id", ["team_id", "id"], unique=False)

    op.create_table(
        "items",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("run_id", sa.String(length=26), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("lane_id", sa.String(length=100), nullable=False),
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("wishes", imageloom.runtime.db.types.JsonColumn, nullable=False),
        sa.Column("fields", imageloom.runtime.db.types.JsonColumn, nullable=False),
        sa.Column("not_sent", imageloom.runtime.db.types.JsonColumn, nullable=False),
        sa.Column("choices", imageloom.runtime.db.types.JsonColumn, nullable=False),
        sa.Column("row", imageloom.runtime.db.types.JsonColumn, nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("not_before_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("resends", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("message", sa.String(length=2000), nullable=True),
        sa.Column("asset_id", sa.String(length=26), nullable=True),
        sa.Column("is_reused", sa.Boolean(), nullable=False),
        sa.Column("estimated_micros", sa.BigInteger(), nullable=True),
        sa.Column("estimated_high_micros", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["lane_id"], ["lanes.id"], name=op.f("fk_items_lane_id_lanes")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_items_run_id_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
        sa.UniqueConstraint("run_id", "position", name=op.f("uq_items_run_id_position")),
    )
    with op.batch_alter_table("items", schema=None) as batch_op:
        batch_op.create_index("ix_items_claim", ["run_id", "lane_id", "state", "rank", "position"], unique=False)
        batch_op.create_index("ix_items_run_id_row_number", ["run_id", "row_number"], unique=False)
        batch_op.create_index("ix_items_run_id_state_position", ["run_id", "state", "position"], unique=False)

    op.create_table(
        "run_lanes",
        sa.Column("run_id", sa.String(length=26), nullable=False),
        sa.Column("lane_id", sa.String(length=100), nullable=False),
        sa.Column("pending", sa.Integer(), nullable=False),
        sa.Column("served_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.Column("cap_id", sa.String(length=26), nullable=True),
        sa.Column("cap_reason", sa.String(length=500), nullable=True),
        sa.Column("cap_is_spent", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("cap_more_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["lane_id"], ["lanes.id"], name=op.f("fk_run_lanes_lane_id_lanes")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_lanes_run_id_runs")),
        sa.PrimaryKeyConstraint("run_id", "lane_id", name=op.f("pk_run_lanes")),
    )
    with op.batch_alter_table("run_lanes", schema=None) as batch_op:
        batch_op.create_index("ix_run_lanes_lane_id_pending", ["lane_id", "pending"], unique=False)
        batch_op.create_index(
            "ix_run_lanes_cap_id",
            ["cap_id"],
            unique=False,
            sqlite_where=sa.text("cap_id IS NOT NULL"),
            postgresql_where=sa.text("cap_id IS NOT NULL"),
        )

    op.create_table(
        "attempts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("run_id", sa.String(length=26), nullable=False),
        sa.Column("lane_id", sa.String(length=100), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("code", sa.String(length=200), nullable=True),
        sa.Column("message", sa.String(length=2000), nullable=True),
        sa.Column("handle", imageloom.runtime.db.types.JsonColumn, nullable=True),
        sa.Column("provider_ref", sa.String(length=200), nullable=True),
        sa.Column("sent", imageloom.runtime.db.types.JsonColumn, nullable=True),
        sa.Column("usage", imageloom.runtime.db.types.JsonColumn, nullable=True),
        sa.Column("billed", sa.Boolean(), nullable=True),
        sa.Column("estimated_micros", sa.BigInteger(), nullable=True),
        sa.Column("estimated_high_micros", sa.BigInteger(), nullable=True),
        sa.Column("settled_micros", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("started_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.Column("accepted_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.Column("settled_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_attempts_item_id_items")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.create_index("ix_attempts_item_id_number", ["item_id", "number"], unique=False)
        batch_op.create_index("ix_attempts_lane_id_state", ["lane_id", "state"], unique=False)
        batch_op.create_index("ix_attempts_run_id_state", ["run_id", "state"], unique=False)

    op.create_table(
        "batch_edits",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("batch_id", sa.String(length=26), nullable=False),
        sa.Column("team_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", imageloom.runtime.db.types.JsonColumn, nullable=False),
        sa.Column("told", imageloom.runtime.db.types.JsonColumn, nullable=False),
        sa.Column("undone", imageloom.runtime.db.types.JsonColumn, nullable=True),
        sa.Column("priority_before", sa.Integer(), nullable=True),
        sa.Column("sheet_id", sa.String(length=26), nullable=True),
        sa.Column("key", sa.String(length=255), nullable=True),
        sa.Column("body_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.Column("undone_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_batch_edits_batch_id_batches")),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheets.id"], name=op.f("fk_batch_edits_sheet_id_sheets")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_batch_edits_team_id_teams")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_batch_edits_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_edits")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_batch_edits_user_id_key")),
    )
    with op.batch_alter_table("batch_edits", schema=None) as batch_op:
        batch_op.create_index("ix_batch_edits_batch_id_id", ["batch_id", "id"], unique=False)

    op.create_table(
        "batch_edit_items",
        sa.Column("edit_id", sa.String(length=26), nullable=False),
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("before", imageloom.runtime.db.types.JsonColumn, nullable=True),
        sa.Column("after", imageloom.runtime.db.types.JsonColumn, nullable=True),
        sa.Column("undone", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["edit_id"], ["batch_edits.id"], name=op.f("fk_batch_edit_items_edit_id_batch_edits")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_batch_edit_items_item_id_items")),
        sa.PrimaryKeyConstraint("edit_id", "item_id", name=op.f("pk_batch_edit_items")),
    )
    with op.batch_alter_table("batch_edit_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_batch_edit_items_item_id"), ["item_id"], unique=False)

    op.create_table(
        "recipes",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("team_id", sa.String(length=26), nullable=False),
        sa.Column("project_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("live_name", sa.String(length=200), nullable=True),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.Column("removed_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_recipes_project_id_projects")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_recipes_team_id_teams")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipes")),
        sa.UniqueConstraint("project_id", "live_name", name=op.f("uq_recipes_project_id_live_name")),
    )
    with op.batch_alter_table("recipes", schema=None) as batch_op:
        batch_op.create_index("ix_recipes_team_id_id", ["team_id", "id"], unique=False)

    op.create_table(
        "recipe_versions",
        sa.Column("recipe_id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("request", imageloom.runtime.db.types.JsonColumn, nullable=False),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["recipe_id"], ["recipes.id"], name=op.f("fk_recipe_versions_recipe_id_recipes")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recipe_versions_user_id_users")),
        sa.PrimaryKeyConstraint("recipe_id", "number", name=op.f("pk_recipe_versions")),
    )

    op.create_table(
        "wildcard_files",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("team_id", sa.String(length=26), nullable=False),
        sa.Column("project_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("folded", sa.String(length=600), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("wildcards", imageloom.runtime.db.types.JsonColumn, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_wildcard_files_project_id_projects")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_wildcard_files_team_id_teams")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wildcard_files")),
        sa.UniqueConstraint("project_id", "folded", name=op.f("uq_wildcard_files_project_id_folded")),
    )
    with op.batch_alter_table("wildcard_files", schema=None) as batch_op:
        batch_op.create_index("ix_wildcard_files_team_id_id", ["team_id", "id"], unique=False)

    op.create_table(
        "schedules",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("team_id", sa.String(length=26), nullable=False),
        sa.Column("project_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("recipe_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("changes", imageloom.runtime.db.types.JsonColumn, nullable=False),
        sa.Column("cron", sa.String(length=100), nullable=False),
        sa.Column("zone", sa.String(length=100), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("next_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.Column("last_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.Column("last_batch_id", sa.String(length=26), nullable=True),
        sa.Column("trouble", sa.String(length=500), nullable=True),
        sa.Column("created_at", imageloom.runtime.db.types.UtcDateTime(), nullable=False),
        sa.Column("removed_at", imageloom.runtime.db.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_schedules_project_id_projects")),
        sa.ForeignKeyConstraint(["recipe_id"], ["recipes.id"], name=op.f("fk_schedules_recipe_id_recipes")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_schedules_team_id_teams")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_schedules_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
    )
    with op.batch_alter_table("schedules", schema=None) as batch_op:
        batch_op.create_index("ix_schedules_next_at", ["next_at"], unique=False)
        batch_op.create_index("ix_schedules_team_id_id", ["team_id", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("schedules", schema=None) as batch_op:
        batch_op.drop_index("ix_schedules_team_id_id")
        batch_op.drop_index("ix_schedules_next_at")

    op.drop_table("schedules")
    with op.batch_alter_table("wildcard_files", schema=None) as batch_op:
        batch_op.drop_index("ix_wildcard_files_team_id_id")

    op.drop_table("wildcard_files")
    op.drop_table("recipe_versions")
    with op.batch_alter_table("recipes", schema=None) as batch_op:
        batch_op.drop_index("ix_recipes_team_id_id")

    op.drop_table("recipes")
    with op.batch_alter_table("batch_edit_items", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_batch_edit_items_item_id"))

    op.drop_table("batch_edit_items")
    with op.batch_alter_table("batch_edits", schema=None) as batch_op:
        batch_op.drop_index("ix_batch_edits_batch_id_id")

    op.drop_table("batch_edits")
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_index("ix_attempts_run_id_state")
        batch_op.drop_index("ix_attempts_lane_id_state")
        batch_op.drop_index("ix_attempts_item_id_number")

    op.drop_table("attempts")
    with op.batch_alter_table("run_lanes", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_run_lanes_cap_id",
            sqlite_where=sa.text("cap_id IS NOT NULL"),
            postgresql_where=sa.text("cap_id IS NOT NULL"),
        )
        batch_op.drop_index("ix_run_lanes_lane_id_pending")

    op.drop_table("run_lanes")
    with op.batch_alter_table("items", schema=None) as batch_op:
        batch_op.drop_index("ix_items_run_id_state_position")
        batch_op.drop_index("ix_items_run_id_row_number")
        batch_op.drop_index("ix_items_claim")

    op.drop_table("items")
    with op.batch_alter_table("batches", schema=None) as batch_op:
        batch_op.drop_index("ix_batches_team_id_id")
        batch_op.drop_index(batch_op.f("ix_batches_project_id"))

    op.drop_table("batches")
    with op.batch_alter_table("sheets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sheets_team_id"))

    op.drop_table("sheets")
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_index("ix_runs_user_id_finished_at")
        batch_op.drop_index(batch_op.f("ix_runs_team_id"))

    op.drop_table("runs")
    with op.batch_alter_table("board_assets", schema=None) as batch_op:
        batch_op.drop_index("ix_board_assets_board_id_position")
        batch_op.drop_index(batch_op.f("ix_board_assets_asset_id"))

    op.drop_table("board_assets")
    with op.batch_alter_table("boards", schema=None) as batch_op:
        batch_op.drop_index("ix_boards_team_id_id")

    op.drop_table("boards")
    op.drop_table("voted_pictures")
    with op.batch_alter_table("votes", schema=None) as batch_op:
        batch_op.drop_index("ix_votes_team_id_project_id")
        batch_op.drop_index("ix_votes_team_id_run_id")

    op.drop_table("votes")
    with op.batch_alter_table("asset_labels", schema=None) as batch_op:
        batch_op.drop_index("ix_asset_labels_team_id_label_asset_id")

    op.drop_table("asset_labels")
    with op.batch_alter_table("assets", schema=None) as batch_op:
        batch_op.drop_index("ix_assets_unswept")
        batch_op.drop_index("ix_assets_trashed_at")
        batch_op.drop_index("ix_assets_trashed")
        batch_op.drop_index("ix_assets_rated")
        batch_op.drop_index("ix_assets_picked")
        batch_op.drop_index("ix_assets_team_id_id")
        batch_op.drop_index("ix_assets_run_id_id")
        batch_op.drop_index(batch_op.f("ix_assets_project_id"))
        batch_op.drop_index("ix_assets_previews_id")
        batch_op.drop_index(batch_op.f("ix_assets_item_id"))
        batch_op.drop_index(batch_op.f("ix_assets_blake3"))

    op.drop_table("assets")
    with op.batch_alter_table("activities", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activities_user_id"))
        batch_op.drop_index(batch_op.f("ix_activities_team_id"))
        batch_op.drop_index(batch_op.f("ix_activities_subject_id"))

    op.drop_table("activities")
    with op.batch_alter_table("throttles", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_throttles_since_at"))

    op.drop_table("throttles")
    with op.batch_alter_table("one_time_links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_one_time_links_user_id"))
        batch_op.drop_index(batch_op.f("ix_one_time_links_team_id"))
        batch_op.drop_index(batch_op.f("ix_one_time_links_expires_at"))

    op.drop_table("one_time_links")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sessions_user_id"))
        batch_op.drop_index(batch_op.f("ix_sessions_expires_at"))

    op.drop_table("sessions")
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tokens_user_id"))

    op.drop_table("tokens")
    with op.batch_alter_table("project_members", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_project_members_project_id"))

    op.drop_table("project_members")
    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_projects_team_id"))

    op.drop_table("projects")
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_memberships_user_id"))

    op.drop_table("memberships")
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotency_keys_created_at"))

    op.drop_table("idempotency_keys")
    op.drop_table("quotas")
    with op.batch_alter_table("holds", schema=None) as batch_op:
        batch_op.drop_index("ix_holds_cap_id")

    op.drop_table("holds")
    with op.batch_alter_table("caps", schema=None) as batch_op:
        batch_op.drop_index("ix_caps_team_id_id")
        batch_op.drop_index("ix_caps_target")

    op.drop_table("caps")
    with op.batch_alter_table("credentials", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_credentials_team_id"))

    op.drop_table("credentials")
    op.drop_table("users")
    op.drop_table("teams")
    op.drop_table("subscriptions")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_topic_id")

    op.drop_table("outbox")
    with op.batch_alter_table("lanes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lanes_team_id"))

    op.drop_table("lanes")
    op.drop_table("blobs")
