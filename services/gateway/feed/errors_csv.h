// Row errors of a batch as a CSV file that a spreadsheet opens safely.
#pragma once

#include <string>
#include <string_view>

#include "services/gateway/feed/batch_directory.h"
#include "services/gateway/http/router.h"

namespace shouwang::gateway::feed {

// One cell: quoted where needed; what a spreadsheet would take for a formula gets an apostrophe in
// front.
void AppendCell(std::string_view text, std::string& out);

// Streams page by page; `chinese` picks the header's language.
void SendErrorsCsv(BatchDirectory& directory, const std::string& batch, bool chinese,
                   http::Reply& reply);

}  // namespace shouwang::gateway::feed
