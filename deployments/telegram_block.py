"""The block by which Prefect's own server writes to Telegram's admin tier, when nothing else of ours can."""

from uuid import UUID

from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound
from prefect.types import SecretDict

from leads.incidents import Tier
from systems.settings import TelegramSettings
from systems.telegram import Channel

NAME = "leadsync-telegram-admin"
SLUG = "custom-webhook"


def block_id(client: SyncPrefectClient, settings: TelegramSettings) -> UUID | None:
    """Makes the block what the settings say; without a bot and a chat there is none, and what was there goes."""
    channel = Channel.of(settings, Tier.ADMIN)
    if channel is None:
        _remove(client)
        return None
    block = CustomWebhookNotificationBlock(
        name="leadsync",
        # Prefect puts in the token, which it keeps encrypted, and what an automation says.
        url=f"{settings.api_url}/bot{{{{token}}}}/sendMessage",
        json_data={"chat_id": channel.chat, "text": "{{body}}", "parse_mode": "HTML"},
        secrets=SecretDict({"token": channel.token}),
    )
    saved = block.save(NAME, overwrite=True)
    return saved if isinstance(saved, UUID) else client.read_block_document_by_name(NAME, SLUG).id


def _remove(client: SyncPrefectClient) -> None:
    try:
        client.delete_block_document(client.read_block_document_by_name(NAME, SLUG).id)
    except ObjectNotFound:
        return
