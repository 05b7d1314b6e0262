"""What happens inside one call that a timing does not show."""

from pytimer.call_audit.auditing import audit, audited
from pytimer.call_audit.findings import CallAudit, Copies, Wait

__all__ = ["CallAudit", "Copies", "Wait", "audit", "audited"]
