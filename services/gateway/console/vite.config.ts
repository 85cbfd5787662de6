import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

// No source maps and nothing from elsewhere: the console runs on closed networks under a strict content security policy.
export default defineConfig({
  plugins: [vue()],
  // For `npm run dev`: the gateway that answers, as in SHOUWANG_GATEWAY=http://127.0.0.1:PORT.
  server: process.env.SHOUWANG_GATEWAY ? { proxy: { '^/(shouwang\\.|feeds/)': process.env.SHOUWANG_GATEWAY } } : {},
  build: {
    target: 'es2022',
    rollupOptions: {
      output: {
        manualChunks: (id) =>
          id.includes('echarts') || id.includes('zrender') ? 'charts' : id.includes('element-plus') ? 'components' : undefined,
      },
    },
  },
})
