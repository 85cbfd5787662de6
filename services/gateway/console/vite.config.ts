import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

// No source maps and nothing from elsewhere: the console runs on closed networks under a strict content security policy.
export default defineConfig({
  plugins: [vue()],
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 1000,
    rollupOptions: {
      output: {
        manualChunks: (id) =>
          id.includes('echarts') || id.includes('zrender') ? 'charts' : id.includes('element-plus') ? 'components' : undefined,
      },
    },
  },
})
