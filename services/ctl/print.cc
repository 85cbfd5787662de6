#include "services/ctl/print.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <google/protobuf/util/json_util.h>

#include "common/base/date.h"

namespace shouwang::ctl {
namespace {

// Cells a text takes on a terminal.
std::size_t Width(const std::string& text) {
    std::size_t width = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if ((c & 0xc0) == 0x80) continue;
        width += c >= 0xe2 ? 2 : 1;
    }
    return width;
}

std::string Time(const google::protobuf::Timestamp& t) {
    return t.seconds() == 0 ? "" : ToRfc3339(TimePoint(std::chrono::seconds(t.seconds()))).substr(0, 16);
}

}  // namespace

void PrintJson(const google::protobuf::Message& message) {
    google::protobuf::util::JsonPrintOptions options;
    options.always_print_primitive_fields = true;
    std::string json;
    (void)google::protobuf::util::MessageToJsonString(message, &json, options);
    std::puts(json.c_str());
}

void PrintTable(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
    }
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i];
            if (i + 1 < row.size()) line += std::string(widths[i] - Width(row[i]) + 2, ' ');
        }
        std::puts(line.c_str());
    }
}

std::string Enum(const google::protobuf::Message& message, const char* field) {
    const auto* f = message.GetDescriptor()->FindFieldByName(field);
    const auto* value = message.GetReflection()->GetEnum(message, f);
    const std::string zero = f->enum_type()->value(0)->name();  // GRADE_UNSPECIFIED
    std::string name = value->name().substr(zero.size() - std::string("UNSPECIFIED").size());
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return name;
}

void PrintLead(const monitoring::v1::Lead& lead, bool zh) {
    std::printf("%s  [%s, %s]  %s  %s  %s\n", lead.name().c_str(), Enum(lead, "grade").c_str(), Enum(lead, "state").c_str(), Enum(lead, "risk_type").c_str(),
                lead.region_name().c_str(), lead.head_name().c_str());
    for (const auto& e : lead.explanations()) {
        std::printf("  %s v%d: %s\n", e.rule().c_str(), e.rule_version(), (zh ? e.sentence_zh() : e.sentence_en()).c_str());
        for (const auto& o : e.operands()) {
            std::printf("      %s = %s%s%s\n", (zh ? o.label_zh() : o.label_en()).c_str(), o.value().c_str(), o.as_of().empty() ? "" : ", as of ", o.as_of().c_str());
            for (const auto& s : o.sources()) std::printf("        <- %s %s row %u, %s\n", s.dataset().c_str(), s.batch().c_str(), s.sequence(), s.date().c_str());
        }
        if (!e.legal_basis().empty()) std::printf("      %s\n", e.legal_basis().c_str());
    }
    for (const auto& s : lead.steps()) std::printf("  %s  %s by %s  %s\n", Time(s.at()).c_str(), s.command().c_str(), s.actor().c_str(), s.note().c_str());
    std::string next;
    for (const auto& c : lead.next_commands()) next += (next.empty() ? "" : ", ") + c;
    if (!next.empty()) std::printf("  next: %s, due %s\n", next.c_str(), Time(lead.due_at()).c_str());
}

void PrintBatch(const monitoring::v1::Batch& b) {
    std::printf("%s  %s  %s\n", b.name().c_str(), b.dataset().c_str(), Enum(b, "state").c_str());
    std::printf("  received %lld, accepted %lld = applied %lld + rejected %lld + duplicate %lld + unmatched %lld\n", static_cast<long long>(b.received()),
                static_cast<long long>(b.accepted()), static_cast<long long>(b.applied()), static_cast<long long>(b.rejected()),
                static_cast<long long>(b.duplicate()), static_cast<long long>(b.unmatched()));
    if (!b.held_reason().empty()) std::printf("  held: %s\n", b.held_reason().c_str());
}

void PrintOverview(const monitoring::v1::Overview& o) {
    const auto n = [](std::int64_t v) { return std::to_string(v); };
    const auto& t = o.total();
    std::printf("%s  %s  (%d departments, %d datasets)\n", t.region_name().empty() ? "all regions" : t.region_name().c_str(), o.business_date().c_str(), o.departments(), o.datasets());
    PrintTable({{"households registered", n(t.households()), "persons", n(t.persons())},
                {"lifted out of poverty", n(t.lifted_households()), "persons", n(t.lifted_persons())},
                {"monitored (cumulative)", n(t.monitored_households()), "persons", n(t.monitored_persons())},
                {"newly identified this year", n(t.new_monitored_households()), "persons", n(t.new_monitored_persons())},
                {"risk eliminated", n(t.eliminated_households()), "persons", n(t.eliminated_persons())},
                {"open leads: red", n(t.leads_red()), "yellow", n(t.leads_yellow())},
                {"open leads: green", n(t.leads_green()), "overdue", n(t.leads_overdue())},
                {"measures delivered", n(t.measures()), "public posts", n(t.public_posts())}});
    std::vector<std::vector<std::string>> rows = {{"region", "name", "households", "persons", "monitored", "eliminated", "red", "yellow", "green"}};
    for (const auto& p : o.parts()) {
        rows.push_back({p.region_code(), p.region_name(), n(p.households()), n(p.persons()), n(p.monitored_households()), n(p.eliminated_households()),
                        n(p.leads_red()), n(p.leads_yellow()), n(p.leads_green())});
    }
    std::puts("");
    PrintTable(rows);
}

ProgressBar::ProgressBar(std::string what) : what_(std::move(what)), terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
    if (terminal_ && last_ >= 0) std::fputc('\n', stderr);
}

void ProgressBar::Set(std::int64_t done, std::int64_t all) {
    if (!terminal_ || all <= 0) return;
    const int percent = static_cast<int>(std::min<std::int64_t>(100, done * 100 / all));
    if (percent == last_) return;
    last_ = percent;
    std::string bar(static_cast<std::size_t>(percent * 30 / 100), '#');
    bar.resize(30, '.');
    std::fprintf(stderr, "\r%s [%s] %3d %%", what_.c_str(), bar.c_str(), percent);
    std::fflush(stderr);
}

}  // namespace shouwang::ctl
