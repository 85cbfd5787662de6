#include "services/gateway/feed/errors_csv.h"

#include "common/log/log.h"

namespace shouwang::gateway::feed {
namespace {

constexpr std::chrono::milliseconds kPageCall{10000};

std::string Lines(const monitoring::v1::ListRowErrorsResponse& page) {
    std::string out;
    for (const auto& error : page.errors()) {
        out += std::to_string(error.sequence());
        for (const std::string* cell :
             {&error.field(), &error.code(), &error.got(), &error.want()}) {
            out += ',';
            AppendCell(*cell, out);
        }
        out += "\r\n";
    }
    return out;
}

}  // namespace

void AppendCell(std::string_view text, std::string& out) {
    const bool formula =
        !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
    const bool quoted = text.find_first_of(",\"\r\n") != text.npos;
    if (quoted) out += '"';
    if (formula) out += '\'';
    for (char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    if (quoted) out += '"';
}

void SendErrorsCsv(BatchDirectory& directory, const std::string& batch, bool chinese,
                   http::Reply& reply) {
    monitoring::v1::ListRowErrorsRequest request;
    request.set_batch(batch);
    request.set_page_size(1000);
    bool begun = false;
    do {
        const auto page = directory.ListRowErrors(request, DeadlineIn(kPageCall));
        if (!page.ok()) {
            // A download that has begun breaks off without its end: nobody takes half a list for
            // the whole.
            if (!begun) return reply.SendError(page.status());
            return log::Warn("row errors broke off", {{"batch", batch}, {"error", page.status()}});
        }
        if (!begun) {
            const std::string file = batch.substr(batch.rfind('/') + 1) + "-errors.csv";
            if (!reply.Begin(200,
                             {{"Content-Type", "text/csv; charset=utf-8"},
                              {"Content-Disposition", "attachment; filename=\"" + file + "\""}}))
                return;
            begun = reply.Write(chinese ? "\xEF\xBB\xBF行,字段,错误,收到,应为\r\n"
                                        : "\xEF\xBB\xBFrow,field,code,got,want\r\n");
        }
        const std::string lines = Lines(*page);
        if (!begun || (!lines.empty() && !reply.Write(lines))) return;
        request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    reply.End();
}

}  // namespace shouwang::gateway::feed
