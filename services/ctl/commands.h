// The commands of shouwangctl, one function each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "services/ctl/client.h"
#include "shouwang/monitoring/v1/feed.pb.h"

namespace shouwang::ctl {

struct Output {
    bool json = false;
    bool zh = false;
};

struct PushOptions {
    std::string file, dataset, batch, period, region;
    bool complete = false;
    std::string receipt;   // file for the signed receipt; empty = none
    bool wait = false;     // until the batch is applied
    bool quiet = false;    // prints nothing
};

Status Login(const std::string& server, const std::string& account, const std::string& client, const std::string& secret_file);
Status Logout(const Client& client);
Status WhoAmI(const Client& client, const Output& out);
Status Push(const Client& client, const PushOptions& options, const Output& out);
// Pushes every file of a manifest as its own department: client ids are the department ids, secrets "<id>" files in `secrets`.
Status PushManifest(const Client& client, const std::string& manifest, const std::string& secrets, const Output& out);
// Waits until every row of the batch has its outcome.
Result<monitoring::v1::Batch> AwaitApplied(const Client& client, const std::string& name);
Status WatchBatch(const Client& client, const std::string& name, const Output& out);
Status ListBatches(const Client& client, const std::string& dataset, const Output& out);
Status BatchErrors(const Client& client, const std::string& name);
Status ListLeads(const Client& client, const std::string& region, const std::vector<std::string>& grades, int limit, const Output& out);
Status ShowLead(const Client& client, const std::string& name, const Output& out);
Status WatchLeads(const Client& client, const std::string& region, int count, const Output& out);
Status ShowOverview(const Client& client, const std::string& region, int level, const Output& out);
Status ListFeeds(const Client& client, const Output& out);
// Offline: signature, and that the readable part is what was signed.
Status VerifyReceipt(const std::string& file, const std::string& key_file, const Output& out);

}  // namespace shouwang::ctl
