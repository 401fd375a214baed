// Stands for the platform's global style, which it would write into the page by script. src/app.css says what it must.
