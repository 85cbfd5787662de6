// Bodies of commands on cases, typed. For the files of Cases.
#pragma once

#include <string>
#include <utility>

#include "services/monitoring/usecase/case_events.h"
#include "services/monitoring/usecase/case_kind.h"

namespace shouwang::monitoring::usecase {

// f(record::Work&, v1::Case&) → Status.
template <typename F>
record::Commands::Body On(F f) {
    return [f = std::move(f)](record::Work& work, google::protobuf::Message& m) -> Status { return f(work, static_cast<v1::Case&>(m)); };
}

// The event once the step is saved.
template <typename E>
record::Commands::Body Tell(E data = {}) {
    return On([data = std::move(data)](record::Work& work, v1::Case& c) {
        AddCaseEvent<E>(work, c, data);
        return Status::Ok();
    });
}

inline std::int64_t HouseholdIdOf(const v1::Case& c) { return CaseKind().ParseName(c.name())->front(); }

}  // namespace shouwang::monitoring::usecase
