import './workflow-worker-thread.js';
