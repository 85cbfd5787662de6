// Pushing a whole folder of department files, each by its own department.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "services/ctl/commands.h"
#include "services/ctl/print.h"
#include "services/ctl/session.h"
#include "shouwang/gateway/v1/gateway.pb.h"

namespace shouwang::ctl {
namespace {

using Json = nlohmann::json;

// Signs a department in once and keeps its client.
class Departments {
public:
    Departments(std::string server, std::string secrets) : server_(std::move(server)), secrets_(std::move(secrets)) {}

    Result<const Client*> For(const std::string& id) {
        if (const auto it = clients_.find(id); it != clients_.end()) return &it->second;
        SW_ASSIGN_OR_RETURN(const std::string secret, ReadSecretFile(secrets_ + "/" + id));
        gateway::v1::IssueTokenRequest q;
        q.set_client_id(id);
        q.set_client_secret(secret);
        gateway::v1::SignInResponse answer;
        SW_RETURN_IF_ERROR(Client(server_, "").Call("/shouwang.gateway.v1.AuthService/IssueToken", q, &answer));
        return &clients_.emplace(id, Client(server_, answer.token())).first->second;
    }

private:
    std::string server_, secrets_;
    std::map<std::string, Client> clients_;
};

}  // namespace

Status PushManifest(const Client& client, const std::string& manifest, const std::string& secrets, const Output& out) {
    std::ifstream in(manifest);
    const Json json = Json::parse(in, nullptr, false);
    if (!json.is_object() || !json.contains("files")) return InvalidField(manifest, "a manifest.json with a list of files", "MANIFEST_MALFORMED");
    const std::string folder = std::filesystem::path(manifest).parent_path().string();
    Departments departments(client.server(), secrets);
    const auto& files = json["files"];
    std::int64_t rows = 0, done = 0;
    ProgressBar bar("files");
    for (const Json& f : files) {
        SW_ASSIGN_OR_RETURN(const Client* department, departments.For(f.value("department", "")));
        PushOptions push;
        push.file = folder + "/" + f.value("path", "");
        push.dataset = f.value("dataset", "");
        push.batch = f.value("batch", "");
        push.period = f.value("period", "");
        push.region = f.value("region", "");
        push.complete = f.value("complete", false);
        push.quiet = true;
        Status status = Push(*department, push, out);
        if (!status.ok()) {
            status.message = push.file + ": " + status.message;
            return status;
        }
        rows += f.value("rows", std::int64_t{0});
        bar.Set(++done, static_cast<std::int64_t>(files.size()));
    }
    // The last word is monitoring's: every batch applied.
    for (const Json& f : files) {
        SW_ASSIGN_OR_RETURN(const Client* department, departments.For(f.value("department", "")));
        SW_RETURN_IF_ERROR(AwaitApplied(*department, "batches/" + f.value("department", "") + "/" + f.value("batch", "")).status());
    }
    if (!out.json) std::printf("%zu files, %lld rows pushed and applied\n", files.size(), static_cast<long long>(rows));
    return Status::Ok();
}

}  // namespace shouwang::ctl
