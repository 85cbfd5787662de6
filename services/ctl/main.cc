// shouwangctl: the command-line client of the gateway.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

#include "services/ctl/commands.h"
#include "services/ctl/session.h"

namespace {

using namespace shouwang;
using namespace shouwang::ctl;

int Report(const Status& status) {
    if (status.ok()) return 0;
    std::fprintf(stderr, "shouwangctl: %s: %s\n", status.reason.c_str(), status.message.c_str());
    for (const FieldViolation& v : status.violations) std::fprintf(stderr, "  %s: %s\n", v.field.c_str(), v.description.c_str());
    return status.code == Code::kUnauthenticated ? 3 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App cli("shouwangctl: signs in, pushes feeds, reads leads and figures");
    cli.require_subcommand(1);
    const Session session = LoadSession();
    std::string server = session.server.empty() ? "http://127.0.0.1:8080" : session.server;
    Output out;
    Status status;
    cli.add_option("--server", server, "address of the gateway")->capture_default_str();
    cli.add_flag("--json", out.json, "one JSON object a line");
    cli.add_flag("--zh", out.zh, "sentences in Chinese");
    const auto client = [&] { return Client(server, session.token); };

    std::string account, id, secret;
    auto* login = cli.add_subcommand("login", "sign in; the password is asked for, or read from SHOUWANG_PASSWORD or --secret-file");
    login->add_option("--account", account, "an operator's account");
    login->add_option("--client", id, "a department's or service's client id");
    login->add_option("--secret-file", secret, "file whose first line is the password or client secret");
    login->callback([&] { status = Login(server, account, id, secret); });
    cli.add_subcommand("logout", "end the session")->callback([&] { status = Logout(client()); });
    cli.add_subcommand("whoami", "who is signed in")->callback([&] { status = WhoAmI(client(), out); });

    PushOptions push;
    auto* p = cli.add_subcommand("push", "push a CSV or NDJSON file (gzip or not) as one batch");
    p->add_option("file", push.file)->required();
    p->add_option("--dataset", push.dataset)->required();
    p->add_option("--batch", push.batch, "your own id; the same id and content give the same receipt")->required();
    p->add_option("--period", push.period, "YYYY-MM or YYYY");
    p->add_option("--region", push.region, "division code");
    p->add_flag("--complete", push.complete, "this is all of the dataset for region and period");
    p->add_option("--receipt", push.receipt, "file for the signed receipt");
    p->add_flag("--wait", push.wait, "until every row has its outcome");
    p->callback([&] { status = Push(client(), push, out); });

    std::string manifest, secrets, name, region, dataset, key;
    auto* all = cli.add_subcommand("push-all", "push every file of a manifest, each as its department");
    all->add_option("manifest", manifest)->required();
    all->add_option("--secrets", secrets, "folder with one file of client secret a department")->required();
    all->callback([&] { status = PushManifest(client(), manifest, secrets, out); });

    auto* batch = cli.add_subcommand("batch", "watch NAME, list, errors NAME")->require_subcommand(1);
    auto* watch = batch->add_subcommand("watch", "until it is applied");
    watch->add_option("name", name, "batches/{department}/{id}")->required();
    watch->callback([&] { status = WatchBatch(client(), name, out); });
    auto* batches = batch->add_subcommand("list", "newest first");
    batches->add_option("--dataset", dataset);
    batches->callback([&] { status = ListBatches(client(), dataset, out); });
    auto* errors = batch->add_subcommand("errors", "row errors as CSV");
    errors->add_option("name", name)->required();
    errors->callback([&] { status = BatchErrors(client(), name); });

    std::vector<std::string> grades;
    int limit = 50, count = 0, level = 0;
    auto* leads = cli.add_subcommand("leads", "list, show NAME, watch")->require_subcommand(1);
    auto* list = leads->add_subcommand("list", "newest first");
    list->add_option("--region", region);
    list->add_option("--grade", grades, "red, yellow, green");
    list->add_option("--limit", limit)->check(CLI::Range(1, 1000000))->capture_default_str();
    list->callback([&] { status = ListLeads(client(), region, grades, limit, out); });
    auto* show = leads->add_subcommand("show", "one lead, explained");
    show->add_option("name", name, "households/{household}/leads/{lead}")->required();
    show->callback([&] { status = ShowLead(client(), name, out); });
    auto* live = leads->add_subcommand("watch", "as they open, change and close");
    live->add_option("--region", region);
    live->add_option("--count", count, "end after so many; 0 = never");
    live->callback([&] { status = WatchLeads(client(), region, count, out); });

    auto* overview = cli.add_subcommand("overview", "figures of a region and its parts");
    overview->add_option("--region", region);
    overview->add_option("--level", level, "level of the parts: 2 city, 3 county, 4 township, 5 village; 0 = one below");
    overview->callback([&] { status = ShowOverview(client(), region, level, out); });
    cli.add_subcommand("feeds", "datasets by freshness")->callback([&] { status = ListFeeds(client(), out); });

    auto* receipt = cli.add_subcommand("receipt", "verify FILE --key PEM")->require_subcommand(1);
    auto* verify = receipt->add_subcommand("verify", "offline");
    verify->add_option("file", name)->required();
    verify->add_option("--key", key, "public key (PEM)")->required();
    verify->callback([&] { status = VerifyReceipt(name, key, out); });

    CLI11_PARSE(cli, argc, argv);
    return Report(status);
}
