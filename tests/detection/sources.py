"""Sources: the published lists that defects are taken from, each item by its own name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """``work``: the publication; ``item``: which of its entries, and what that says."""

    work: str
    item: str

    def __str__(self) -> str:
        return f"{self.work} {self.item}"


REST_FAULTS = "rest-faults"
_REST_FAULTS: Mapping[int, str] = {
    1: "thrown exception",
    2: "null where the type forbids it",
    3: "status that the schema does not give",
    4: "constraint not checked: maximum",
    5: "constraint not checked: enum",
    6: "constraint not checked: required",
    7: "Location header leading to 404",
    8: "DELETE that does nothing",
    9: "partial update by PUT",
    10: "PUT that is not idempotent",
}
_EVOMASTER: Mapping[int, str] = {
    900: "Resource Still Accessible After Successful DELETE",
    901: "A Failed PUT or PATCH Must Not Change The Resource",
    902: "Repeated PUT Creates Resource With 201 Instead of Updating",
    903: "Misleading PUT 201 Creates When Resource Already Exists",
    904: "The Verb PUT Must Make a Full Replacement",
    905: "PUT Implementation Must be Idempotent",
    906: "Invalid JSON Merge Patch",
    907: "Invalid Location HTTP Header",
    908: "Invalid Allow HTTP Header",
}
#: Web Fuzzing Commons (arXiv 2509.01612), the numbers of its first release.
_COMMONS: Mapping[int, str] = {
    100: "HTTP Status 500",
    101: "Response That Is Not Valid According To Its Schema",
    204: "Leakage Information Existence of Protected Resource",
    205: "Wrongly Not Recognized as Authenticated",
    206: "Allowed To Modify Resource That Likely Should Had Been Protected",
    207: "A Protected Resource Is Accessible Without Providing Any Authentication",
    209: "Leaked Stack Trace",
}
_DEFECTS4REST: Mapping[int, str] = {
    1: "Container and Resource Quota Handling Errors",
    2: "Job Execution and Workflow Configuration Defects",
    3: "Environment-Specific Behavior and Configuration Bugs",
    4: "Schema and Payload Validation Errors in POST APIs",
    5: "Query Filter and Search Parameter Handling Errors",
    6: "Authentication and Token Management Errors",
    7: "Session, Token, and Account Lifecycle Management Errors",
    8: "Middleware Integration Failures in REST APIs",
    10: "Runtime and Dependency Errors",
    11: "Volume and File Upload/Access Errors",
    12: "Database/Table User Access Handling Errors",
    13: "Index and Cluster Coordination Failures",
}
_OWASP: Mapping[int, str] = {
    1: "Broken Object Level Authorization",
    2: "Broken Authentication",
    3: "Broken Object Property Level Authorization",
    4: "Unrestricted Resource Consumption",
    5: "Broken Function Level Authorization",
}


def rest_faults(number: int) -> Source:
    """One of the ten fault types of the rest-faults API."""
    return Source(REST_FAULTS, f"#{number} ({_REST_FAULTS[number]})")


def evomaster(code: int) -> Source:
    """One of EvoMaster's categories of faults in HTTP semantics."""
    return Source("EvoMaster", f"F{code} ({_EVOMASTER[code]})")


def commons(code: int) -> Source:
    """One of the categories of Web Fuzzing Commons, which EvoMaster and others report by."""
    return Source("Web Fuzzing Commons", f"F{code} ({_COMMONS[code]})")


def defects4rest(number: int) -> Source:
    """One of the sub-types of real-world defects of Defects4REST (ICSE 2026)."""
    return Source("Defects4REST", f"ST{number} ({_DEFECTS4REST[number]})")


def agora(operator: str) -> Source:
    """One of the operators with which AGORA and AGORA+ seeded errors into replies (JSONmutator)."""
    return Source("AGORA (JSONmutator)", operator)


def owasp(number: int) -> Source:
    """One of the OWASP API Security Top 10 2023."""
    return Source("OWASP API Security 2023", f"API{number} ({_OWASP[number]})")


def rfc(number: int, section: str, duty: str) -> Source:
    """A duty of an RFC."""
    return Source(f"RFC {number}", f"{section} ({duty})")


def webhooks(practice: str) -> Source:
    """What Standard Webhooks and Stripe ask of those who send webhooks."""
    return Source("Standard Webhooks", practice)
