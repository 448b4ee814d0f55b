"""The state machine of transfers."""

from contract.transfers import TransferStatus

MOVES: dict[TransferStatus, dict[str, TransferStatus]] = {
    TransferStatus.OFFERED: {
        "accept": TransferStatus.ACCEPTED,
        "decline": TransferStatus.DECLINED,
        "cancel": TransferStatus.CANCELLED,
        "expire": TransferStatus.EXPIRED,
    },
    TransferStatus.ACCEPTED: {},
    TransferStatus.DECLINED: {},
    TransferStatus.CANCELLED: {},
    TransferStatus.EXPIRED: {},
}
