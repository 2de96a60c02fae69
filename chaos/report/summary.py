"""The report in a few lines of Markdown, for the summary of a CI job."""

from chaos.report.shape import Report
from chaos.report.tails import tails
from chaos.report.wording import counted, ms


def markdown_summary(report: Report) -> str:
    release = report["release"]
    sign = "✅" if report["ok"] else "❌"
    lines = [
        f"### {sign} {_plain(release['fault'])}: {_plain(report['headline'])}",
        "",
        _plain(report["verdict"]),
        "",
        f"- **release**: {_where(report)}, {report['started_at']}",
        *(
            f"- {'✅' if check['ok'] else '❌'} **{check['name']}**: {_plain(check['detail'])}"
            for check in report["checks"]
        ),
        f"- **visitors**: {_visitors(report)}",
    ]
    return "\n".join(lines) + "\n"


def _where(report: Report) -> str:
    release = report["release"]
    where = f"{release['workload']} {release['version']} on {report['platform']} ({report['engine']})"
    return _plain(where)


def _visitors(report: Report) -> str:
    seen = report["visitors"]
    text = f"{counted(seen['requests'], 'request')}, {seen['failed']:,} failed, {seen['slow']:,} slow"
    parts = [f"{name} {ms(p99)}" for name, p99 in tails(seen["phases"])]
    return f"{text}; P99 {', '.join(parts)}" if parts else text


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    line = " ".join(text.split())
    for sign in "\\`*_[]<>|":
        line = line.replace(sign, f"\\{sign}")
    return line
