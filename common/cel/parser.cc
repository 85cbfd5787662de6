#include "common/cel/parser.h"

#include <initializer_list>
#include <limits>
#include <optional>

namespace shouwang::cel {
namespace {

constexpr int kMaxDepth = 64;
using ExprPtr = std::unique_ptr<Expr>;

ExprPtr MakeExpr(ExprKind kind, Place place, std::string text = {}) {
    auto expr = std::make_unique<Expr>();
    expr->kind = kind;
    expr->place = place;
    expr->text = std::move(text);
    return expr;
}

// Recursive descent; nullptr after the first error, which is kept.
class Parser {
public:
    explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

    Result<ExprPtr> Run() {
        ExprPtr expr = Ternary();
        if (expr && Current().kind != TokenKind::kEnd)
            Fail("CEL_SYNTAX", "more text after the expression");
        if (error_) return *error_;
        return expr;
    }

private:
    const Token& Current() const { return tokens_[at_]; }
    bool Is(std::string_view symbol) const {
        return Current().kind == TokenKind::kSymbol && Current().text == symbol;
    }
    bool Take(std::string_view symbol) {
        if (!Is(symbol)) return false;
        ++at_;
        return true;
    }
    ExprPtr Fail(std::string reason, const std::string& what) {
        if (!error_) error_ = ErrorAt(std::move(reason), Current().place, what);
        return nullptr;
    }
    bool Expect(std::string_view symbol) {
        if (Take(symbol)) return true;
        Fail("CEL_SYNTAX", "'" + std::string(symbol) + "' expected");
        return false;
    }

    ExprPtr Ternary() {
        const Nesting nesting(*this);
        if (depth_ > kMaxDepth) return Fail("CEL_UNSUPPORTED", "nested too deeply");
        ExprPtr condition = Binary(0);
        if (!condition || !Is("?")) return condition;
        ExprPtr expr = MakeExpr(ExprKind::kTernary, Current().place, "?");
        ++at_;
        ExprPtr yes = Ternary();
        if (!yes || !Expect(":")) return nullptr;
        ExprPtr no = Ternary();
        if (!no) return nullptr;
        expr->args.push_back(std::move(condition));
        expr->args.push_back(std::move(yes));
        expr->args.push_back(std::move(no));
        return expr;
    }

    // Operators by rising precedence; all associate to the left.
    static bool IsOperatorOf(int level, const Token& token) {
        static const std::initializer_list<std::string_view> kLevels[] = {
            {"||"}, {"&&"}, {"<", "<=", ">", ">=", "==", "!=", "in"}, {"+", "-"}, {"*", "/", "%"}};
        if (token.kind != TokenKind::kSymbol &&
            !(token.kind == TokenKind::kName && token.text == "in"))
            return false;
        for (std::string_view op : kLevels[level]) {
            if (token.text == op) return true;
        }
        return false;
    }

    ExprPtr Binary(int level) {
        if (level == 5) return Unary();
        ExprPtr left = Binary(level + 1);
        int chain = 0;
        while (left && IsOperatorOf(level, Current())) {
            // A long chain is a deep tree: it counts as nesting, four links a level.
            if (++chain > 4 * kMaxDepth)
                return Fail("CEL_UNSUPPORTED", "too many operators in a row");
            ExprPtr expr = MakeExpr(ExprKind::kBinary, Current().place, Current().text);
            ++at_;
            ExprPtr right = Binary(level + 1);
            if (!right) return nullptr;
            expr->args.push_back(std::move(left));
            expr->args.push_back(std::move(right));
            left = std::move(expr);
        }
        return left;
    }

    ExprPtr Unary() {
        if (!Is("!") && !Is("-")) return Postfix();
        const Nesting nesting(*this);
        if (depth_ > kMaxDepth) return Fail("CEL_UNSUPPORTED", "nested too deeply");
        const Token token = Current();
        ++at_;
        // The most negative integer has no positive counterpart: the sign belongs to the literal.
        if (token.text == "-" && Current().kind == TokenKind::kInt)
            return Integer(true, token.place);
        ExprPtr inner = Unary();
        if (!inner) return nullptr;
        ExprPtr expr = MakeExpr(ExprKind::kUnary, token.place, token.text);
        expr->args.push_back(std::move(inner));
        return expr;
    }

    ExprPtr Integer(bool negative, Place place) {
        const std::uint64_t magnitude = Current().value;
        const std::uint64_t limit =
            static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) +
            (negative ? 1 : 0);
        if (magnitude > limit) return Fail("CEL_SYNTAX", "integer too large");
        ++at_;
        ExprPtr expr = MakeExpr(ExprKind::kInt, place);
        expr->value = static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
        return expr;
    }

    ExprPtr Postfix() {
        ExprPtr expr = Primary();
        while (expr && (Is(".") || Is("["))) {
            if (Is("[")) return Fail("CEL_UNSUPPORTED", "index into a list");
            ++at_;
            if (Current().kind != TokenKind::kName) return Fail("CEL_SYNTAX", "name expected");
            ExprPtr outer = MakeExpr(ExprKind::kSelect, Current().place, Current().text);
            ++at_;
            outer->args.push_back(std::move(expr));
            if (Take("(")) {
                outer->kind = ExprKind::kMethod;
                if (!Arguments(")", *outer)) return nullptr;
            }
            expr = std::move(outer);
        }
        return expr;
    }

    ExprPtr Primary() {
        const Token token = Current();
        if (token.kind == TokenKind::kInt) return Integer(false, token.place);
        if (token.kind == TokenKind::kString) {
            ++at_;
            return MakeExpr(ExprKind::kString, token.place, token.text);
        }
        if (token.kind == TokenKind::kName && token.text != "in") return Name(token);
        if (Take("(")) {
            ExprPtr inner = Ternary();
            return inner && Expect(")") ? std::move(inner) : nullptr;
        }
        if (Take("[")) {
            ExprPtr list = MakeExpr(ExprKind::kList, token.place);
            return Arguments("]", *list) ? std::move(list) : nullptr;
        }
        if (Is("{")) return Fail("CEL_UNSUPPORTED", "maps and messages");
        return Fail("CEL_SYNTAX",
                    token.kind == TokenKind::kEnd ? "expression ends early" : "value expected");
    }

    ExprPtr Name(const Token& token) {
        if (token.text == "null") return Fail("CEL_UNSUPPORTED", "null");
        ++at_;
        if (token.text == "true" || token.text == "false") {
            ExprPtr expr = MakeExpr(ExprKind::kBool, token.place);
            expr->value = token.text == "true" ? 1 : 0;
            return expr;
        }
        ExprPtr expr = MakeExpr(ExprKind::kName, token.place, token.text);
        if (!Take("(")) return expr;
        expr->kind = ExprKind::kCall;
        return Arguments(")", *expr) ? std::move(expr) : nullptr;
    }

    bool Arguments(std::string_view end, Expr& into) {
        if (Take(end)) return true;
        do {
            ExprPtr argument = Ternary();
            if (!argument) return false;
            into.args.push_back(std::move(argument));
        } while (Take(","));
        return Expect(end);
    }

    struct Nesting {
        explicit Nesting(Parser& parser) : depth(parser.depth_) { ++depth; }
        ~Nesting() { --depth; }
        int& depth;
    };

    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    int depth_ = 0;
    std::optional<Status> error_;
};

}  // namespace

Result<std::unique_ptr<Expr>> Parse(std::string_view source) {
    SW_ASSIGN_OR_RETURN(std::vector<Token> tokens, Tokenize(source));
    return Parser(std::move(tokens)).Run();
}

}  // namespace shouwang::cel
