import 'element-plus/dist/index.css'
import './style.css'

import { createApp } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'

import App from './App.vue'
import { i18n, isChinese } from './i18n'

document.documentElement.lang = isChinese() ? 'zh-CN' : 'en'
const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', component: () => import('./views/OverviewPage.vue') },
    { path: '/leads/:name(.*)?', component: () => import('./views/LeadsPage.vue') },
    { path: '/feeds', component: () => import('./views/FeedsPage.vue') },
    { path: '/:rest(.*)', redirect: '/' },
  ],
})
createApp(App).use(i18n).use(router).mount('#app')
