// Every text of the console. Names of the model's values (grades, states, risks …) are the model's own (labels.ts).
export const zh = {
  app: '守望 · 防返贫动态监测',
  language: 'English',
  menu: '主菜单',
  skip: '跳到正文',
  signIn: { title: '登录', account: '账号', password: '密码', submit: '登录', failed: '登录失败', out: '退出' },
  nav: { overview: '一张图', leads: '线索', households: '农户', feeds: '数据接入' },
  overview: {
    asOf: '数据时间', businessDate: '业务日期', sources: '{departments} 个部门 · {datasets} 类数据',
    indicator: '指标', map: '分县（市、区）分布', leads: '未办结线索（按颜色）', feeds: '数据新鲜度', live: '实时线索', parts: '下级区域',
    quiet: '暂无新线索。部门推送数据后，新线索会在两秒内出现在这里。', attribution: '边界 © OpenStreetMap contributors (ODbL)，示意图，无审图号',
    back: '返回上级', toLeads: '查看线索', empty: '还没有数据。请部门通过数据接入口推送户籍成员登记，或运行 ./shouwang demo 载入演示省。',
  },
  figure: {
    households: '在册户数', persons: '在册人数', liftedHouseholds: '脱贫户', liftedPersons: '脱贫人口', monitoredHouseholds: '累计监测户', monitoredPersons: '累计监测人口',
    newMonitoredHouseholds: '今年新识别户', newMonitoredPersons: '今年新识别人口', eliminatedHouseholds: '风险消除户', eliminatedPersons: '风险消除人口', eliminatedRate: '风险消除率（人）',
    leadsRed: '红色线索', leadsYellow: '黄色线索', leadsGreen: '绿色线索', leadsOverdue: '逾期线索', measures: '已落实措施', publicPosts: '公益性岗位',
  },
  part: { households: '户数', monitoredHouseholds: '监测户', leadsRed: '红', leadsYellow: '黄', leadsGreen: '绿' },
  event: { opened: '新线索', updated: '新证据', moved: '已处理', closed: '已办结' },
  feed: { dataset: '数据', department: '部门', period: '期间', rows: '行数', rejected: '拒收', unmatched: '未匹配', state: '状态', fresh: '正常', late: '逾期', never: '从未收到', last: '最近批次' },
  batch: { name: '批次', state: '状态', received: '收到', applied: '已应用', rejected: '拒收', duplicate: '重复', unmatched: '未匹配', errors: '错误明细 CSV', recent: '最近批次', none: '还没有批次。' },
  batchState: { OPEN: '接收中', RECEIVED: '已接收', APPLYING: '处理中', APPLIED: '已处理', HELD: '待确认', ABANDONED: '已放弃' },
  lead: {
    view: '范围', views: { mine: '我的待办', all: '全部线索' }, filters: '筛选', every: '全部{what}', onlyOverdue: '只看逾期',
    household: '农户', region: '区域', risk: '风险', grade: '颜色', state: '状态', why: '为什么', opened: '产生时间', due: '办理时限', assigned: '当前承办',
    operands: '依据', source: '来源', next: '下一步', overdue: '逾期', open: '查看', more: '加载更多', basis: '政策依据', stepsDone: '办理记录',
    loading: '正在读取…', count: '{count} 条，其中逾期 {overdue} 条', countMore: '已显示 {count} 条，其中逾期 {overdue} 条', refresh: '{count} 条线索有变化，点此刷新',
    none: '没有符合条件的线索。可放宽筛选条件。', noneMine: '目前没有等您办理的线索。可切换到“全部线索”查看辖区情况。',
    unknown: '链接中有不认识的筛选条件：{words}。请重新选择。', cut: '未办结线索太多，这里只排了最新的一部分。请用筛选条件缩小范围。',
  },
  command: {
    open: '产生', dispatch: '派发', accept: '接收', visit: '入户核查', close: '办结', end: '系统结束', done: '已完成：{command}', reload: '重新读取线索',
    unsaved: '填写的内容还没有提交，关闭后会丢失。', discard: '放弃并关闭', stay: '继续填写',
  },
  level: { 9: '乡镇（街道）', 12: '村（社区）' },
  dispatch: { to: '派发到', hint: '只能派发到该户所在的乡镇或村。' },
  accept: { hint: '接收后由本村入户核查，时限随颜色重新计算。' },
  visit: {
    visitors: '入户人员', visitorsHint: '至少两名不同的人员。', visitor: '第 {number} 名人员姓名', another: '再加一人',
    baseFacts: '一看基本情况', baseFactsHint: '人口、劳动力、年龄、文化程度、就业', income: '二看家庭收入', incomeHint: '总收入及其稳定性',
    rigidSpending: '三看刚性支出', rigidSpendingHint: '医疗、上学、灾损等自付支出', fourGuarantees: '四看“三保障”和饮水', fourGuaranteesHint: '义务教育、基本医疗、住房安全、饮水安全',
    policies: '五看政策享受', policiesHint: '正在享受的帮扶和救助政策', risk: '是否发现返贫致贫风险', riskYes: '发现风险', riskNo: '没有风险',
  },
  close: { end: '办结结论', found: '入户核查发现了风险：确认有风险，或一项政策已解决。', notFound: '入户核查没有发现风险。', reply: '给农户的答复', replyHint: '怎样向农户说明的，原话记录。' },
  household: {
    title: '农户 {number}', number: '户编号', identity: '身份证号', search: '查找', searchHint: '按户编号或任一成员的身份证号精确查找；都不填则列出辖区农户。身份证号不会保留在页面或网址中。',
    none: '辖区内没有找到这户。请核对编号。', lifted: '脱贫户', relocated: '易地搬迁户', memberCount: '{count} 人', members: '家庭成员', name: '姓名', relation: '与户主关系', birthYear: '出生年',
    labour: '劳动技能', phone: '联系电话', facts: '家庭和村的情况', unknownFacts: '{count} 项未知', factsOf: '{name}：{count} 项已知情况', fact: '情况', value: '值', knowledge: '数据状况', asOf: '截至', age: '{days} 天前',
    blind: '暂时无法判断的规则', blindHint: '缺少数据，既不算有风险，也不算没有', noBlind: '所有规则都有数据可判断。', rule: '规则', missing: '缺少的数据', leads: '线索', noLeads: '没有线索。',
  },
  knowledge: { known: '已知', unknown: '未知', stale: '过期' },
  value: { true: '是', false: '否', yuan: '{amount} 元', days: '{amount} 天', months: '{amount} 个月', years: '{amount} 岁', persons: '{amount} 人', squareMetres: '{amount} 平方米', times: '{amount} 次' },
  error: { unreachable: '无法连接平台，请稍后再试。', title: '出错了', again: '重试', notYours: '您的账号没有这一页的权限。可从菜单选择其他页面。' },
  violation: { required: '请填写。', long: '最多 {most} 个字。', choose: '请选择一项。' },
  reason: {
    CREDENTIALS_WRONG: '账号或密码不正确。', SIGN_IN_THROTTLED: '尝试次数过多，请稍后再试。', SIGN_IN_BUSY: '登录的人太多，请稍后再试。',
    SESSION_MISSING: '请先登录。', SESSION_ENDED: '登录已失效，请重新登录。', ROLE_NOT_ALLOWED: '您的账号无权进行这项操作。', RATE_LIMIT: '操作太频繁，请稍后再试。', SERVER_BUSY: '平台繁忙，请稍后再试。',
    INVALID_FIELD: '有的内容填写不正确，请按提示修改。',
    LEAD_NOT_FOUND: '没有这条线索，或不在您的辖区。', LEAD_WRONG_STATE: '这条线索的状态已经变了，请重新读取。', LEAD_WRONG_ACTOR: '这一步由另一级办理。', ETAG_STALE: '这条线索刚被他人办理过，请重新读取后再提交。',
    REGION_NOT_ON_PATH: '只能派发到该户所在的乡镇或村。', VISIT_TWO_VISITORS: '须填写至少两名不同的入户人员。', VISIT_LOOKS: '“五看”须逐项填写。', CLOSE_END: '请选择与入户核查结果一致的结论。',
    HOUSEHOLD_NOT_FOUND: '没有这户，或不在您的辖区。', REGION_NOT_FOUND: '没有这个区域，或不在您的辖区。',
    IDENTITY_LENGTH: '身份证号应为 18 位。', IDENTITY_CHARACTER: '身份证号应为数字，最后一位可以是 X。', IDENTITY_DATE: '身份证号中的出生日期不对。', IDENTITY_CHECKSUM: '身份证号的校验位不对，请核对。', IDENTITY_CERTIFICATE: '残疾证号的类别或等级不对。',
  },
}

type Same<T> = { [K in keyof T]: T[K] extends string ? string : Same<T[K]> }
// What a translation holds: the same keys.
export type Catalogue = Same<typeof zh>
