// services/monitoring/states.md is what the tables say. SHOUWANG_WRITE_STATES=1 writes it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "services/monitoring/domain/case_table.h"
#include "services/monitoring/domain/discovery_tables.h"
#include "services/monitoring/domain/lead_machine.h"
#include "services/monitoring/domain/release_table.h"

namespace shouwang::monitoring::domain {
namespace {

constexpr const char* kFile = "services/monitoring/states.md";  // tests run at the root of the sources

struct Drawn {
    const char* title;
    const flow::StateTable& table;
};

std::string Render() {
    const Drawn all[] = {{"Lead (线索)", LeadStates()},
                         {"Declaration (自主申报)", DeclarationStates()},
                         {"Household code (一户一码)", HouseholdCodeStates()},
                         {"Campaign (集中排查)", CampaignStates()},
                         {"Case (识别程序与监测对象)", CaseStates()},
                         {"Rule release (规则发布)", RuleReleaseStates()}};
    std::string text = "# States of monitoring\n\nDrawn from the tables of `domain/` that also enforce them; `monitoring_states_test` fails where this file is stale, and\n"
                       "`SHOUWANG_WRITE_STATES=1 build/release/tests/monitoring_states_test` writes it. `limit` names the parameter that says how long a state may last.\n";
    for (const Drawn& d : all) text += std::string("\n## ") + d.title + "\n\n```mermaid\n" + d.table.Diagram() + "```\n";
    return text;
}

TEST(States, TheDocumentIsWhatTheTablesSay) {
    if (std::getenv("SHOUWANG_WRITE_STATES") != nullptr) std::ofstream(kFile, std::ios::binary) << Render();
    std::ifstream in(kFile, std::ios::binary);
    const std::string written{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(written, Render()) << kFile << " is stale: see its head";
}

}  // namespace
}  // namespace shouwang::monitoring::domain
