import './ui'
import './style.css'

import type { DescMethod } from '@bufbuild/protobuf'
import { createApp } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'

import App from './App.vue'
import { FeedService } from './gen/shouwang/monitoring/v1/feed_pb'
import { HouseholdService } from './gen/shouwang/monitoring/v1/household_pb'
import { LeadService } from './gen/shouwang/monitoring/v1/lead_pb'
import { OverviewService } from './gen/shouwang/monitoring/v1/overview_pb'
import { i18n, isChinese } from './i18n'

declare module 'vue-router' {
  interface RouteMeta {
    needs?: DescMethod // the call without which the page is nothing
  }
}

document.documentElement.lang = isChinese() ? 'zh-CN' : 'en'
const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', component: () => import('./views/OverviewPage.vue'), meta: { needs: OverviewService.method.getOverview } },
    { path: '/leads/:name(.*)?', component: () => import('./views/LeadsPage.vue'), meta: { needs: LeadService.method.listLeads } },
    { path: '/households', component: () => import('./views/HouseholdsPage.vue'), meta: { needs: HouseholdService.method.listHouseholds } },
    { path: '/households/:id([0-9]+)', component: () => import('./views/HouseholdPage.vue'), meta: { needs: HouseholdService.method.getHousehold } },
    { path: '/feeds', component: () => import('./views/FeedsPage.vue'), meta: { needs: FeedService.method.listFreshness } },
    { path: '/:rest(.*)', redirect: '/' },
  ],
})
createApp(App).use(i18n).use(router).mount('#app')
