#include "services/gateway/feed/receipts.h"

#include "services/gateway/feed/batch_spec.h"

namespace shouwang::gateway::feed {
namespace {

using google::protobuf::FieldDescriptor;

std::string TypeName(const FieldDescriptor& field) {
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_ENUM)
        return field.cpp_type_name() == std::string("string") ? "string" : field.type_name();
    std::string names;
    for (int i = 1; i < field.enum_type()->value_count(); ++i)
        names += (i > 1 ? "|" : "") + field.enum_type()->value(i)->name();
    return names;
}

void DescribeField(const model::DatasetField& field, v1::FieldSchema& out) {
    out.set_name(field.field->name());
    out.set_label_zh(field.label.zh());
    out.set_label_en(field.label.en());
    out.set_type(TypeName(*field.field));
    *out.mutable_constraint() = field.constraint;
    for (const model::FactBinding& fact : field.facts) out.add_facts(fact.fact);
    out.set_key(field.key);
}

}  // namespace

v1::Receipt SignReceipt(const crypto::Signer& signer, const v1::ReceiptBody& body) {
    v1::Receipt receipt;
    receipt.set_body(body.SerializeAsString());
    receipt.set_signature(signer.Sign(receipt.body()));
    receipt.set_key_id(signer.key_id());
    *receipt.mutable_content() = body;
    return receipt;
}

Status VerifyReceipt(const crypto::Verifier& verifier, const v1::Receipt& receipt) {
    const Status broken = MakeStatus(Code::kDataLoss, "RECEIPT_BROKEN",
                                     "signature and content do not belong together");
    if (receipt.key_id() != verifier.key_id() ||
        !verifier.Verify(receipt.body(), receipt.signature()))
        return broken;
    return receipt.content().SerializeAsString() == receipt.body() ? Status::Ok() : broken;
}

v1::ListDatasetsResponse DescribeDatasets(const model::Catalogue& catalogue) {
    v1::ListDatasetsResponse out;
    for (const auto& dataset : catalogue.all()) {
        const options::v1::Dataset& options = dataset->options;
        v1::DatasetSchema& schema = *out.add_datasets();
        schema.set_id(options.id());
        schema.set_department(options.department());
        schema.set_label_zh(options.label().zh());
        schema.set_label_en(options.label().en());
        schema.set_department_zh(options.department_label().zh());
        schema.set_department_en(options.department_label().en());
        schema.set_kind(options.kind());
        schema.set_rhythm(options.rhythm());
        for (const model::DatasetField& field : dataset->fields)
            DescribeField(field, *schema.add_fields());
    }
    return out;
}

void AddReceiptMethods(rpc::Methods& methods, DoorStore& store, const model::Catalogue& catalogue) {
    methods.Unary<v1::GetReceiptRequest, v1::Receipt>(
        "shouwang.gateway.v1.FeedDoorService.GetReceipt",
        [&store](rpc::CallContext& call, const v1::GetReceiptRequest& request,
                 v1::Receipt& out) -> Status {
            SW_RETURN_IF_ERROR(CheckMayRead(call.principal, request.batch()));
            SW_ASSIGN_OR_RETURN(const std::optional<v1::Receipt> receipt,
                                store.FindReceipt(request.batch(), call.deadline));
            if (!receipt)
                return MakeStatus(Code::kNotFound, "RECEIPT_NOT_FOUND",
                                  "this batch has no receipt (yet)");
            out = *receipt;
            return Status::Ok();
        });
    methods.Unary<v1::ListReceiptKeysRequest, v1::ListReceiptKeysResponse>(
        "shouwang.gateway.v1.FeedDoorService.ListReceiptKeys",
        [&store](rpc::CallContext& call, const v1::ListReceiptKeysRequest&,
                 v1::ListReceiptKeysResponse& out) -> Status {
            SW_ASSIGN_OR_RETURN(out, store.ListKeys(call.deadline));
            return Status::Ok();
        });
    methods.Unary<v1::ListDatasetsRequest, v1::ListDatasetsResponse>(
        "shouwang.gateway.v1.FeedDoorService.ListDatasets",
        [described = DescribeDatasets(catalogue)](rpc::CallContext&, const v1::ListDatasetsRequest&,
                                                  v1::ListDatasetsResponse& out) {
            out = described;
            return Status::Ok();
        });
}

}  // namespace shouwang::gateway::feed
