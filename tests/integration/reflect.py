#!/usr/bin/env python3
"""A third party in Python asks the gateway's gRPC port what it serves (server reflection, as grpcurl does), builds its client from the
answer alone and calls it. Usage: reflect.py HOST:PORT ACCOUNT PASSWORD_FILE"""

import sys

import grpc
from google.protobuf import descriptor_pool, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

WANTED = ("shouwang.gateway.v1.AuthService", "shouwang.gateway.v1.FeedDoorService", "shouwang.gateway.v1.LiveService",
          "shouwang.monitoring.v1.FeedService", "shouwang.monitoring.v1.LeadService", "shouwang.monitoring.v1.OverviewService")


def call(channel, pool, service, method, fields, token=""):
    found = pool.FindServiceByName(service).methods_by_name[method]
    request = message_factory.GetMessageClass(found.input_type)(**fields)
    answer = message_factory.GetMessageClass(found.output_type)
    stub = channel.unary_unary(f"/{service}/{method}", lambda m: m.SerializeToString(), answer.FromString)
    return stub(request, timeout=20, metadata=[("authorization", f"Bearer {token}")] if token else None)


def main():
    address, account, secret = sys.argv[1:]
    with open(secret, encoding="utf-8") as file:
        password = file.read().strip()
    with grpc.insecure_channel(address) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        services = sorted(database.get_services())
        for service in WANTED:
            assert service in services, f"{service} is not in {services}"
        pool = descriptor_pool.DescriptorPool(database)
        methods = sum(len(pool.FindServiceByName(s).methods) for s in services if s.startswith("shouwang."))
        token = call(channel, pool, "shouwang.gateway.v1.AuthService", "SignIn", {"account": account, "password": password}).token
        leads = call(channel, pool, "shouwang.monitoring.v1.LeadService", "ListLeads", {"page_size": 2}, token).leads
        assert len(leads) == 2 and leads[0].explanations[0].sentence_zh
        try:
            call(channel, pool, "shouwang.monitoring.v1.FeedService", "OpenBatch", {"name": "batches/health/x"}, token)
            raise AssertionError("an internal method was answered")
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.PERMISSION_DENIED, error
    print(f"{len(services)} services, {methods} methods; ListLeads called from reflection alone; an internal method is refused")


if __name__ == "__main__":
    main()
