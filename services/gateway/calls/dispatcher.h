// Where a checked call goes: a handler of the gateway itself, or the owning service, as bytes. What
// comes back passes the masking gate. Both ports end here, so that they cannot differ. Thread-safe;
// blocking.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "services/gateway/calls/method_table.h"

namespace shouwang::gateway::calls {

// Makes the signed principal that goes along to the owner.
using Sign = std::function<std::string(const type::v1::Principal&)>;

class Dispatcher {
public:
    // owners: by package ("shouwang.monitoring.v1"). A method that is neither local nor owned
    // answers UNAVAILABLE "SERVICE_NOT_CONFIGURED".
    Dispatcher(const MethodTable& table, const rpc::Methods& local,
               std::map<std::string, std::shared_ptr<rpc::Client>> owners, Sign sign);

    const MethodTable& table() const { return table_; }
    bool IsLocal(const Method& method) const;
    // What the gRPC port serves: methods on which the client streams go to their local handler,
    // everything else comes here.
    rpc::Methods FrontMethods() const;

    Status Unary(const Method& method, rpc::CallContext& context,
                 const google::protobuf::Message& request,
                 google::protobuf::Message& response) const;
    Result<std::string> UnaryBytes(const Method& method, rpc::CallContext& context,
                                   const std::string& request) const;
    // `write` answers false once the caller has gone.
    Status Stream(const Method& method, rpc::CallContext& context,
                  const google::protobuf::Message& request,
                  const std::function<bool(const google::protobuf::Message&)>& write) const;
    Status StreamBytes(const Method& method, rpc::CallContext& context, const std::string& request,
                       const std::function<bool(std::string)>& write) const;

private:
    Result<rpc::Client*> Owner(const Method& method) const;
    rpc::CallOptions OptionsOf(const rpc::CallContext& context) const;
    Status Forward(rpc::CallContext& context, const std::function<bool(std::string*)>& read,
                   const std::function<bool(std::string_view)>& write) const;

    const MethodTable& table_;
    const rpc::Methods& local_;
    std::map<std::string, std::shared_ptr<rpc::Client>> owners_;
    const Sign sign_;
};

}  // namespace shouwang::gateway::calls
