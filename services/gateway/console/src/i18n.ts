import { createI18n } from 'vue-i18n'

import { en } from './messages/en'
import { zh } from './messages/zh'

const stored = localStorage.getItem('language')
export const i18n = createI18n({ legacy: false, locale: stored === 'en' ? 'en' : 'zh', fallbackLocale: 'zh', messages: { zh, en } })

export function switchLanguage() {
  const next = i18n.global.locale.value === 'zh' ? 'en' : 'zh'
  i18n.global.locale.value = next
  localStorage.setItem('language', next)
  document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en'
}
export const isChinese = () => i18n.global.locale.value === 'zh'
