// Names are put together at random from common surnames and characters; likeness to anybody is
// chance.
#include "tests/province/household.h"

namespace shouwang::province {
namespace {

const char* const kSurnames[] = {"刘", "李", "张", "王",   "陈", "黄", "吴", "胡", "徐", "周",
                                 "熊", "万", "邓", "谢",   "曾", "罗", "邹", "钟", "廖", "赖",
                                 "肖", "彭", "杨", "朱",   "何", "余", "叶", "江", "程", "汪",
                                 "郭", "丁", "詹", "欧阳", "艾", "章", "涂", "龚", "付", "袁",
                                 "温", "林", "梁", "孙",   "赵", "曹", "方", "洪", "夏", "范"};
const char* const kMale[] = {"建", "国", "华", "明", "军", "强", "伟", "平", "勇",
                             "文", "志", "林", "根", "福", "生", "水", "荣", "辉",
                             "斌", "涛", "鹏", "亮", "杰", "浩", "宇", "春", "金",
                             "德", "祥", "才", "保", "火", "样", "良", "发", "贵"};
const char* const kFemale[] = {"秀", "英", "兰", "芳", "梅", "珍", "香", "莲", "玉",
                               "凤", "红", "燕", "丽", "霞", "娟", "萍", "琴", "花",
                               "菊", "娇", "婷", "雯", "欣", "怡", "佳", "敏", "慧",
                               "桂", "春", "细", "妹", "仙", "银", "爱", "美", "云"};

template <std::size_t N>
const char* Pick(Random& random, const char* const (&list)[N]) {
    return list[random.Below(static_cast<std::uint32_t>(N))];
}

}  // namespace

const std::string& SurnameOf(const Options& options, std::uint32_t index) {
    static const std::vector<std::string> kNames(std::begin(kSurnames), std::end(kSurnames));
    Random random(options.seed, 0x5A4E, index);
    // The first names of the list are the frequent ones.
    const double u = random.Unit();
    return kNames[static_cast<std::size_t>(u * u * static_cast<double>(kNames.size()))];
}

std::string DrawGivenName(Random& random, bool male) {
    std::string name = male ? Pick(random, kMale) : Pick(random, kFemale);
    if (random.Chance(0.8)) name += male ? Pick(random, kMale) : Pick(random, kFemale);
    return name;
}

const std::vector<Product>& Products() {
    // Price against the same month of the year before, basis points: pigs fall as they did in 2021,
    // the others move a little.
    static const std::vector<Product> kProducts = {
        {"生猪",
         0.06,
         {-200, -1800, -2600, -3500, -4500, -5600, -5600, -5900, -6200, -5500, -3000, -4800}},
        {"水稻", 0.20, {400, 400, 350, 300, 300, 250, 200, 200, 150, 100, 100, 100}},
        {"脐橙", 0.10, {-900, -1000, -800, -600, -500, -400, -400, -400, -300, 200, 400, 600}},
        {"油茶", 0.12, {100, 150, 100, 200, 200, 150, 100, 100, 100, 300, 300, 300}},
        {"茶叶", 0.06, {300, 300, 500, 600, 500, 400, 300, 300, 300, 300, 300, 300}},
        {"蔬菜", 0.12, {1100, 300, -400, -700, -900, -200, -300, 200, 600, 900, 1500, 1000}},
        {"家禽", 0.14, {-600, -300, 200, 500, 700, 600, 500, 400, 300, 300, 200, 200}},
        {"肉牛", 0.06, {300, 350, 300, 250, 200, 200, 150, 150, 100, 100, 100, 100}},
        {"水产", 0.06, {500, 700, 1000, 1300, 1500, 1400, 1200, 1000, 800, 600, 500, 400}},
        {"食用菌", 0.04, {-300, -200, -300, -400, -300, -200, -100, 0, 100, 100, 200, 200}},
        {"中药材", 0.04, {200, 300, 400, 500, 600, 700, 700, 800, 800, 900, 900, 900}},
    };
    return kProducts;
}

}  // namespace shouwang::province
